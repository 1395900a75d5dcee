"""Random models to import: each ends in a spec or in a finding.

`tools/fuzz.py --kind models` changes bytes of good files of every format, and values of their JSON.
"""

from __future__ import annotations

import importlib
import random
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

DAMAGE: Any = importlib.import_module("damaged_models")


class Case(NamedTuple):
    """A format and the bytes of its file."""

    name: str
    data: bytes


class Models:
    """Damaged models."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-models-"))

    def make(self, chance: random.Random) -> Case:
        """One damaged model."""
        name = chance.choice(list(DAMAGE.SOURCES))
        return Case(name, DAMAGE.damaged_source(DAMAGE.SOURCES[name], chance))

    def run(self, case: Case) -> str:
        """Whether it was imported, or the code of the finding."""
        return str(DAMAGE.outcome(DAMAGE.SOURCES[case.name].write(self._folder, case.data)))

    def text(self, case: Case) -> tuple[bytes, str]:
        """The file, under a name that says of which format it was."""
        return case.data, f".{case.name}"


KIND = Models
