"""Files of weights that are damaged, and what a reader says of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external

PLACE = external("--weights")

Open = Callable[[str, Any], Any]


def everything(open_file: Open, path: Path) -> dict[str, Any]:
    """All arrays of a file."""
    file = open_file(str(path), PLACE)
    return file.read(file.tensors)


def reason(open_file: Open, path: Path) -> str:
    """Why a file cannot be read: the notes and helps of its only finding."""
    with pytest.raises(SpecError) as raised:
        everything(open_file, path)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join((*finding.notes, *finding.helps))


def outcomes(open_file: Open, path: Path, content: bytes, rounds: int) -> set[str]:
    """What comes of a file that is cut, or of which some bytes are others: codes, or ``read``."""
    draw = random.Random(7)
    seen = set()
    for _ in range(rounds):
        damaged = bytearray(content)
        if draw.random() < 0.2:
            del damaged[draw.randrange(len(damaged)) :]
        for _ in range(draw.randrange(1, 4)):
            if damaged:
                # Where the arrays are named matters more than where their numbers are.
                at = min(int(len(damaged) * draw.random() ** 2), len(damaged) - 1)
                damaged[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        path.write_bytes(damaged)
        try:
            everything(open_file, path)
            seen.add("read")
        except SpecError as error:
            seen |= {finding.code for finding in error.findings}
    return seen
