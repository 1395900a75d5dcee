"""Run the commands that the documentation shows and put in what they print.

    python tools/fill_outputs.py [--check] [--bench] [PAGE ...]

A ``console`` block holds command lines that start with ``$``; below each is what it
prints. The README's commands run in the root of the repository. Those of a page in ``docs/``
run in a folder of their own, in which the page's files lie: a block after the comment
``<!-- file: NAME -->`` is written when the page reaches it, and what is in ``docs/NAME`` of a
comment ``<!-- folder: NAME -->`` is copied before.

An output that leaves something out, with a line of ``...``, is kept as it is, and the tests
compare it. Benchmarks print other figures each time. Those of the tutorial are run, and the
labels of their lines are compared; all others are run with ``--bench`` only, which puts in
fresh figures. ``--check`` writes nothing and exits with 1 if a page is stale.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
#: A file that a page shows, or commands with their outputs.
_BLOCK = re.compile(
    r"^<!-- file: (?P<file>\S+) -->\n(?:<!-- [^\n]*\n)*```\w*\n(?P<text>.*?)^```$"
    r"|^```console\n(?P<session>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
#: A folder whose files lie in that of the page.
_FOLDER = re.compile(r"^<!-- folder: (\S+) -->$", re.MULTILINE)
_LEFT_OUT = re.compile(r"^ *\.\.\.$", re.MULTILINE)
_LABEL = re.compile(r"^  (\w[\w /']*?)  ", re.MULTILINE)


def pages() -> list[Path]:
    """The README, and every page that shows the output of a command."""
    docs = sorted((ROOT / "docs").glob("*.md"))
    return [page for page in (README, *docs) if "```console\n" in page.read_text("utf-8")]


def printed(command: str, folder: Path) -> str:
    """Both outputs of a command at 80 columns, as a terminal shows them."""
    program, *arguments = shlex.split(command)
    if program != "specbuild":
        raise SystemExit(f"only specbuild is run, not `{command}`")
    result = subprocess.run(
        [sys.executable, "-m", "inceptionspec", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if arguments[0] == "bench" else subprocess.STDOUT,
        text=True,
        check=False,
    )
    return result.stdout.replace(f"{ROOT}/", "")


class Benches(Enum):
    """What is done about the output of a benchmark."""

    KEEP = "not run"
    COMPARE = "run, and replaced if its lines have other labels"
    REPLACE = "run and replaced"


def filled(text: str, folder: Path, benches: Benches) -> str:
    """A page with fresh outputs."""

    def block(match: re.Match[str]) -> str:
        if match["file"] is not None:
            (folder / match["file"]).write_text(match["text"], encoding="utf-8")
            return match[0]
        fresh = (
            f"$ {command}\n{_output(command, old, folder, benches)}"
            for command, old in sessions(match["session"])
        )
        return f"```console\n{''.join(fresh)}```"

    return _BLOCK.sub(block, text)


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and what is below it."""
    places = [match.start() for match in re.finditer(r"^\$ ", text, re.MULTILINE)]
    for start, end in pairwise([*places, len(text)]):
        command, _, output = text[start:end].partition("\n")
        yield command.removeprefix("$ "), output


def _output(command: str, old: str, folder: Path, benches: Benches) -> str:
    is_bench = command.startswith("specbuild bench")
    if is_bench and benches is Benches.KEEP:
        return old
    new = printed(command, folder)
    if is_bench and benches is Benches.COMPARE and labels(new) == labels(old):
        return old
    return old if _LEFT_OUT.search(old) else new


def labels(text: str) -> list[str]:
    """What the lines of a benchmark's output are about, but for signs of noise."""
    return [label for label in _LABEL.findall(text) if label != "noise"]


def refreshed(page: Path, *, bench: bool) -> str:
    """A page with the outputs of its commands, run where it runs them."""
    text = page.read_text(encoding="utf-8")
    benches = Benches.REPLACE if bench else Benches.KEEP
    if page == README:
        return filled(text, ROOT, benches)
    if page == TUTORIAL and not bench:
        benches = Benches.COMPARE
    with tempfile.TemporaryDirectory(prefix="specbuild-docs-") as folder:
        for match in _FOLDER.finditer(text):
            shutil.copytree(page.parent / match[1], folder, dirs_exist_ok=True)
        return filled(text, Path(folder), benches)


def main() -> int:
    """Fill or check the pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if stale")
    parser.add_argument("--bench", action="store_true", help="put in fresh benchmarks, too")
    parser.add_argument("pages", nargs="*", type=Path, help="all that show outputs by default")
    arguments = parser.parse_args()
    stale = 0
    for page in [one.resolve() for one in arguments.pages] or pages():
        old = page.read_text(encoding="utf-8")
        new = refreshed(page, bench=arguments.bench)
        if new == old:
            continue
        stale += 1
        if arguments.check:
            print(f"{page.relative_to(ROOT)} is stale: run tools/fill_outputs.py")
        else:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
    return int(arguments.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
