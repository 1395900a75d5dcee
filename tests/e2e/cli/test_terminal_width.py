"""`specbuild summary` on a terminal of 80 columns."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sysconfig
import termios
from pathlib import Path

import pytest

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"


def on_a_terminal(*arguments: str, columns: int) -> list[str]:
    """The lines that a command prints on a terminal, without its colors."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    process = subprocess.Popen(
        [SPECBUILD, *arguments],
        stdin=inner,
        stdout=inner,
        stderr=subprocess.PIPE,
        env={**environment, "TERM": "xterm-256color"},
    )
    os.close(inner)
    shown = b""
    while True:
        try:
            read = os.read(outer, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(outer)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r", "").splitlines()


@pytest.mark.parametrize("depth", ["1", "2", "all"])
def test_no_word_is_broken(depth: str) -> None:
    lines = on_a_terminal("summary", "inception_v3", "--depth", depth, columns=80)
    assert max(map(len, lines)) <= 80
    rows = lines[2 : lines.index("")]
    assert all(re.search(r" (input|1000|\d+x\d+x\d+|[\d,]+) ", f"{row} ") for row in rows)
    if depth == "2":
        assert [row.split()[:2] for row in rows[9:12]] == [
            ["Mixed_5b", "inception_a"], ["Branch_0", "conv"], ["Branch_1", "2"],
        ]  # fmt: skip
        assert rows[10].startswith("  Branch_0 ")
