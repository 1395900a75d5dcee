"""What an evaluation found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.prediction.results import Member


class Interval(NamedTuple):
    """A figure with its bootstrap interval of 95 %."""

    value: float
    low: float
    high: float


class Figures(NamedTuple):
    """How good predictions are.

    Fields:
        top_1: the share of pictures whose likeliest class is right.
        top_5: the share whose class is among the five likeliest.
        loss: the mean cross-entropy, in nats.
        calibration_error: the expected calibration error (Guo et al. 2017, arXiv:1706.04599),
            a share.
    """

    top_1: Interval
    top_5: Interval
    loss: Interval
    calibration_error: float


class ClassFigures(NamedTuple):
    """How one class fares.

    Fields:
        number: of the class in the network.
        label: its name, empty where none is known.
        pictures: how many show it.
        right: how many of them are predicted as it.
        in_top_5: how many of them have it among the five likeliest.
        predicted: how many pictures of all classes are predicted as it.
    """

    number: int
    label: str
    pictures: int
    right: int
    in_top_5: int
    predicted: int

    @property
    def recall(self) -> float | None:
        """The share of its pictures that are predicted as it; None where there are none."""
        return self.right / self.pictures if self.pictures else None

    @property
    def precision(self) -> float | None:
        """The share of the predictions of it that are right; None where there are none."""
        return self.right / self.predicted if self.predicted else None


class Bin(NamedTuple):
    """The pictures whose likeliest class has a probability above ``low`` and at most ``high``.

    Fields:
        low: the lower end.
        high: the upper end.
        pictures: how many there are.
        confidence: the mean probability of their likeliest class; 0 where there are none.
        accuracy: the share that is right; 0 where there are none.
    """

    low: float
    high: float
    pictures: int
    confidence: float
    accuracy: float


class Evaluated(NamedTuple):
    """A network of an ensemble by itself."""

    member: Member
    figures: Figures


class Disagreement(NamedTuple):
    """How members of an ensemble differ in their likeliest class.

    Fields:
        any: the share of pictures on which not all agree.
        pairs: the share on which two of them differ, the mean over all pairs.
        gain: top-1 of the ensemble less the mean top-1 of its members.
    """

    any: float
    pairs: float
    gain: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a network or an ensemble is on labeled pictures.

    Attributes:
        data: what was shown.
        digest: SHA-256 of the data.
        pictures: how many were shown; all figures are of these.
        crops: how many parts of each were shown to each network; their mean counts.
        figures: of the mean over all networks.
        classes: each class of the network.
        confusion: how many pictures of a class (the row) are predicted as another.
        bins: pictures by the probability of their likeliest class.
        members: each network by itself.
        disagreement: of the members; None for one network.
        skipped: a finding for each picture that could not be read (E0715).
        notes: how classes were matched, in sentences.
    """

    data: str
    digest: str
    pictures: int
    crops: int
    figures: Figures
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    bins: tuple[Bin, ...]
    members: tuple[Evaluated, ...]
    disagreement: Disagreement | None
    skipped: tuple[Diagnostic, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        names = sanitize(", ".join(one.member.name for one in self.members))
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return (
            f"<{type(self).__name__} of {names}: top-1 {self.figures.top_1.value:.2%} "
            f"of {self.pictures:,} picture{'s' * (self.pictures != 1)}{skipped}>"
        )
