"""What was predicted, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize


class Row(NamedTuple):
    """One class that a picture may show; ``label`` is empty where no labels are known."""

    number: int
    label: str
    probability: float


class Prediction(NamedTuple):
    """What one picture shows: the likeliest classes, the likeliest first."""

    picture: str
    rows: tuple[Row, ...]


class Member(NamedTuple):
    """A network that took part.

    ``network`` is its network digest, ``weights`` the file of its weights, empty for none, and
    ``engine`` what computed: a name of ``ENGINES``, or the runtime of an exported file.
    ``precision`` is what it computed in, as it says itself.
    """

    name: str
    network: str
    weights: str
    engine: str
    precision: str = FLOAT32


@dataclass(frozen=True, slots=True)
class Predictions:
    """What several pictures show.

    Attributes:
        pictures: those that could be read, in the order in which they were given.
        skipped: a finding for each that could not be read (E0715).
        members: the networks whose mean it is.
        crops: how many parts of each picture were shown to each network.
    """

    pictures: tuple[Prediction, ...]
    skipped: tuple[Diagnostic, ...]
    members: tuple[Member, ...]
    crops: int

    def __repr__(self) -> str:
        names = sanitize(", ".join(member.name for member in self.members))
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        count = len(self.pictures)
        return f"<{type(self).__name__} of {names}: {count} picture{'s' * (count != 1)}{skipped}>"
