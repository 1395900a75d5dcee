"""Run the commands that the README shows and put in what they print.

    python tools/fill_readme.py [--check] [--bench]

Every ``console`` block of README.md starts with one command line; what stands below it is
what the command prints, here, in the root of the repository. ``--check`` writes nothing and
exits with 1 where a block is stale. Benchmarks print other figures each time: they are run
with ``--bench`` only, and never checked.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ (specbuild (\w+)[^\n]*)\n(.*?)```", re.DOTALL)


def printed(command: str) -> str:
    """Both outputs of a command at 80 columns, as a terminal shows them."""
    program, *arguments = shlex.split(command)
    path = Path(sysconfig.get_path("scripts")) / program
    result = subprocess.run(
        [path, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if arguments[0] == "bench" else subprocess.STDOUT,
        text=True,
        check=False,
    )
    return result.stdout


def filled(text: str, *, bench: bool) -> str:
    """The README with fresh outputs."""

    def block(match: re.Match[str]) -> str:
        command, name, old = match.groups()
        output = old if name == "bench" and not bench else printed(command)
        return f"```console\n$ {command}\n{output}```"

    return BLOCK.sub(block, text)


def main() -> int:
    """Fill or check the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if stale")
    parser.add_argument("--bench", action="store_true", help="run benchmarks anew, too")
    arguments = parser.parse_args()
    old = README.read_text(encoding="utf-8")
    new = filled(old, bench=arguments.bench)
    if arguments.check:
        return int(new != old)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
