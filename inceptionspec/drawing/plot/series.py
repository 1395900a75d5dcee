"""A Summary to the numbers that are drawn: bars by part, memory by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inceptionspec.analysis.memory import live_bytes
from inceptionspec.analysis.parts import part_of
from inceptionspec.analysis.summary import LayerRow, Summary
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Span
from inceptionspec.drawing.plot.kinds import KINDS, kind_of

MOST_PARTS = 60
"""With more parts, neighbors share a bar: more labels could not be read."""


class Part(NamedTuple):
    """One bar: a block, group, head or layer, with its costs by kind of layer.

    ``head`` is ``main``, ``auxiliary`` or empty.
    """

    name: str
    head: str
    macs: tuple[int, ...]
    params: tuple[int, ...]


class Band(NamedTuple):
    """A run of layers of one part: the first, and the one after the last."""

    name: str
    head: str
    start: int
    end: int


class Series(NamedTuple):
    """All that is drawn; tuples of costs follow the order of ``KINDS``.

    ``live`` are the bytes that live while each layer runs, ``peak`` is the first layer at
    which they are the most.
    """

    parts: tuple[Part, ...]
    bands: tuple[Band, ...]
    live: tuple[int, ...]
    peak: int


def series(report: Summary, place: Span) -> Series:
    """What is drawn of a network; the input, which costs nothing, has no bar.

    Raises:
        SpecError: E0805 where height and width are open: there is nothing to count.
    """
    live = live_bytes(report.graph)
    if live is None:
        raise SpecError([_open(place)])
    shared = _shared_names(report.layers)
    bars: dict[str, list[LayerRow]] = {}
    bands: list[Band] = []
    for row in report.layers:
        name = shared[part_of(row.node)]
        head = _head(row.node.head, report)
        if row.node.inputs:
            bars.setdefault(name, []).append(row)
        if bands and bands[-1].name == name:
            bands[-1] = bands[-1]._replace(end=row.node.index + 1)
        else:
            bands.append(Band(name, head, row.node.index, row.node.index + 1))
    parts = tuple(
        Part(
            name,
            _head(rows[0].node.head, report),
            _by_kind(rows, [row.cost.macs or 0 for row in rows]),
            _by_kind(rows, [row.cost.params for row in rows]),
        )
        for name, rows in bars.items()
    )
    return Series(parts, tuple(bands), live, live.index(max(live)))


def _shared_names(layers: Sequence[LayerRow]) -> dict[str, str]:
    """The name of the bar of each part: its own, or that of a run where there are very many.

    Heads, which come last, keep bars of their own if there is room.
    """
    heads = list(dict.fromkeys(row.node.head for row in layers if row.node.head))[:MOST_PARTS]
    names = [
        name for name in dict.fromkeys(part_of(row.node) for row in layers) if name not in heads
    ]
    room = max(1, MOST_PARTS - len(heads))
    each = -(-len(names) // room)
    shared = {name: name for name in heads}
    for start in range(0, len(names), each):
        run = names[start : start + each]
        title = run[0] if len(run) == 1 else f"{run[0]} and {len(run) - 1} more"
        shared |= dict.fromkeys(run, title)
    return shared


def _head(name: str, report: Summary) -> str:
    return "" if not name else "main" if name == report.graph.main else "auxiliary"


def _by_kind(rows: Sequence[LayerRow], counts: Sequence[int]) -> tuple[int, ...]:
    sums = dict.fromkeys(KINDS, 0)
    for row, count in zip(rows, counts, strict=True):
        sums[kind_of(row.node)] += count
    return tuple(sums.values())


def _open(place: Span) -> Diagnostic:
    return Diagnostic(
        "E0805",
        "a picture of cost needs a known input size",
        Label(place, "height and width are open"),
        helps=("give one, as `--input 299x299`",),
    )
