"""What became of each weight of a network, and of each array of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.weights.transfer.result import Transferred


class WeightMatch(NamedTuple):
    """Where a weight is from.

    Attributes:
        path: of its layer.
        weight: its name.
        sources: names of the file's arrays that it is made of; none where it is a constant.
        rule: the pattern of the naming scheme that found it, or what took its place.
        conversions: what was done to it, in words, in order.
    """

    path: str
    weight: str
    sources: tuple[str, ...]
    rule: str
    conversions: tuple[str, ...] = ()


class FreshWeight(NamedTuple):
    """A weight that starts fresh, and why."""

    path: str
    weight: str
    why: str


@dataclass(frozen=True, slots=True)
class MatchReport:
    """A match of a file of weights with a network.

    Attributes:
        file: what the user named.
        format: what kind of file it is.
        network: the network's name.
        scheme: the naming scheme, or what took its place.
        doc: whose names those are.
        fronts: what stands before names in the file.
        matched: every weight that the file gives, in the network's order.
        fresh: every weight that starts fresh.
        left_out: names of arrays that do nothing and that the network has no place for.
        left_over: arrays of the file that nothing reads, by kind.
        notes: what else is to be known about the source.
        caveats: what differs between the source's network and this one.
    """

    file: str
    format: str
    network: str
    scheme: str
    doc: str
    fronts: tuple[str, ...]
    matched: tuple[WeightMatch, ...]
    fresh: tuple[FreshWeight, ...]
    left_out: tuple[str, ...]
    left_over: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def conversions(self) -> Mapping[str, int]:
        """How many weights each conversion was done to."""
        counts: dict[str, int] = {}
        for match in self.matched:
            for conversion in match.conversions:
                counts[conversion] = counts.get(conversion, 0) + 1
        return counts

    def __repr__(self) -> str:
        counts = f"{len(self.matched)} weights by {self.scheme}, {len(self.fresh)} fresh"
        return f"<MatchReport {self.network}: {counts}>"


class LoadedWeights(NamedTuple):
    """What was read from a file of weights.

    Attributes:
        arrays: by a layer's path and a weight's name.
        warnings: W0109 where the file holds more than the network, W0201 where numbers are not
            finite.
        notes: what was read from where, in sentences, where that is not plain.
        report: what became of each weight and of each array; of the base's where the file is of
            a base of the network.
        transferred: what became of each layer of the network then.
    """

    arrays: dict[tuple[str, str], Any]
    warnings: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    report: MatchReport
    transferred: Transferred | None = None

    def __repr__(self) -> str:
        counts = f"{len(self.arrays)} arrays, {len(self.warnings)} warnings"
        return f"<LoadedWeights: {counts}, {len(self.notes)} notes>"
