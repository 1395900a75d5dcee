"""Random files of weights: each ends in arrays or in a finding.

`tools/fuzz.py --kind weights` changes bytes of good files of every format, cuts them off and moves
pieces of them.
"""

from __future__ import annotations

import importlib
import random
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

DAMAGE: Any = importlib.import_module("damaged_files")


class Case(NamedTuple):
    """A format and the bytes of its file."""

    name: str
    data: bytes


class Weights:
    """Damaged files of weights."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-weights-"))

    def make(self, chance: random.Random) -> Case:
        """One damaged file."""
        name = chance.choice(list(DAMAGE.FORMATS))
        return Case(name, DAMAGE.damaged(DAMAGE.FORMATS[name].good, chance))

    def run(self, case: Case) -> str:
        """Whether it was read, or the code of the finding."""
        path = DAMAGE.FORMATS[case.name].write(self._folder, case.data)
        return str(DAMAGE.outcome(path))

    def text(self, case: Case) -> tuple[bytes, str]:
        """The file, under a name that says of which format it was."""
        return case.data, f".{case.name}"


KIND = Weights
