"""The fills of a diagram and what they mean: a branch for each coloring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from inceptionspec.analysis.costs import costs
from inceptionspec.analysis.memory import live_bytes
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.drawing.diagram.block_colors import block_fills
from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.changes import Changes, State
from inceptionspec.drawing.diagram.comparison_boxes import (
    change_lines,
    is_junction,
    legend,
    state_of,
)
from inceptionspec.drawing.diagram.figures import bytes_text, count_text
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.options import ByCost, ByKind, ByValues, Coloring, Measure
from inceptionspec.drawing.diagram.theme import COMPOSITE, Theme, along_scale
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

MEANINGS: Mapping[Measure, tuple[str, str]] = {
    "macs": ("MACs", "MACs: multiply-accumulates of convolutions and dense layers"),
    "params": ("params", "params: all variables, moving statistics included"),
    "memory": ("B", "memory: activations that live while a layer runs, float32, batch 1"),
}
"""The unit of each measure, and what it counts."""


class Swatch(NamedTuple):
    """An entry of the legend: a word and its fill."""

    name: str
    fill: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The legend of a heat map: what it counts, and the numbers at its ends."""

    title: str
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class Paint:
    """The fill of each box, its additional lines, and the legend.

    Only a comparison has ``states``.
    """

    fills: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    swatches: tuple[Swatch, ...] = ()
    scale: Scale | None = None
    states: tuple[State, ...] = ()


def layer_numbers(coloring: Coloring, graph: Graph) -> Mapping[str, float] | None:
    """The number of each layer of a whole network; None where colors mean kinds.

    Raises:
        SpecError: E0805 where a cost depends on an open input size.
    """
    if isinstance(coloring, ByKind):
        return None
    if isinstance(coloring, ByValues):
        return coloring.values.layers
    found: Sequence[int | None]
    if coloring.measure == "memory":
        found = live_bytes(graph) or [None]
    else:
        found = [getattr(cost, coloring.measure) for cost in costs(graph)]
    known = [float(value) for value in found if value is not None]
    if len(known) < len(graph.nodes):
        raise SpecError([_open(coloring.measure)])
    return {node.path: value for node, value in zip(graph.nodes, known, strict=True)}


def paint(
    coloring: Coloring,
    values: Mapping[str, float] | None,
    boxes: Sequence[Box],
    frames: Frames,
    definitions: Sequence[str],
    theme: Theme,
) -> Paint:
    """The fills of boxes under a coloring.

    Args:
        values: those of ``layer_numbers``.
        definitions: all that the whole network calls.
    """
    if values is None or isinstance(coloring, ByKind):
        return _by_kind(boxes, frames, block_fills(definitions, theme.blocks), theme)
    of_boxes = [
        None
        if box.kind in ("input", "output")
        else _together(coloring, values, [node.path for node in box.nodes])
        for box in boxes
    ]
    if isinstance(coloring, ByCost):
        found = _heat(of_boxes, *MEANINGS[coloring.measure], theme)
        shown = coloring.measure != "memory"  # boxes of blocks show their costs anyway
        own = tuple(
            () if shown and box.kind == "block" else line
            for box, line in zip(boxes, found.lines, strict=True)
        )
        return replace(found, lines=own)
    return _heat(of_boxes, coloring.values.unit, "", theme)


def _together(
    coloring: ByCost | ByValues, values: Mapping[str, float], paths: Sequence[str]
) -> float | None:
    """The value of layers that are drawn as one box."""
    if isinstance(coloring, ByValues):
        return coloring.values.together(paths)
    given = [values[path] for path in paths if path in values]
    if not given:
        return None
    # The memory of layers that run in turn is that of the largest.
    return max(given) if coloring.measure == "memory" else sum(given)


# By kind


def category(box: Box) -> str:
    """The category of all layers of a box, or that of layers of several categories."""
    if box.kind in ("input", "output"):
        return "input"
    found = {OPS[node.op].category for node in box.nodes}
    return found.pop() if len(found) == 1 else COMPOSITE


def _by_kind(
    boxes: Sequence[Box], frames: Frames, of_block: Mapping[str, str], theme: Theme
) -> Paint:
    """A color for each category; blocks that are drawn as one box go by their definition."""
    called = [_definition(box, frames) for box in boxes]
    kinds = [category(box) for box in boxes]
    fills = tuple(
        of_block[name] if name in of_block else theme.categories[kind]
        for name, kind in zip(called, kinds, strict=True)
    )
    plain = {kind for name, kind in zip(called, kinds, strict=True) if name not in of_block}
    swatches = [Swatch(kind, theme.categories[kind]) for kind in theme.categories if kind in plain]
    drawn = dict.fromkeys(name for name in called if name in of_block)
    swatches += [Swatch(name, of_block[name]) for name in drawn]
    return Paint(fills, ((),) * len(boxes), tuple(swatches) if len(swatches) > 2 else ())


def _definition(box: Box, frames: Frames) -> str:
    return frames.by_key[box.key].definition if box.kind == "block" else ""


def _stands_for(box: Box, frames: Frames) -> int:
    return frames.by_key[box.key].stands_for if box.kind == "block" else 1


# Heat maps


def _open(measure: Measure) -> Diagnostic:
    return finding(
        "E0805",
        "a heat map needs a known input size, and height and width are open",
        f"--color-by {measure}",
        "give one with `--input 299x299`, or leave out the heads that need none",
    )


def _heat(values: Sequence[float | None], unit: str, meaning: str, theme: Theme) -> Paint:
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = (high - low) or 1.0

    def text(value: float) -> str:
        return bytes_text(value) if unit == "B" else f"{count_text(value)} {unit}".rstrip()

    fills = tuple(
        theme.nothing if value is None else along_scale(theme.scale, (value - low) / span)
        for value in values
    )
    lines = tuple((text(value),) if value else () for value in values)
    title = meaning or (f"values in {unit}" if unit else "values")
    scale = Scale(title, text(low), text((low + high) / 2), text(high))
    without = (Swatch("no value", theme.nothing),) if len(known) < len(values) else ()
    return Paint(fills, lines, without, scale)


# Two networks


def paint_changes(boxes: Sequence[Box], frames: Frames, changes: Changes, theme: Theme) -> Paint:
    """The fills of a comparison, and what changed in each box."""
    states = tuple(state_of(box, changes) for box in boxes)
    fills = {state: look[0] for state, look in _state_colors(theme).items()}
    drawn = {
        state for box, state in zip(boxes, states, strict=True) if not is_junction(box, changes)
    }
    words = legend(changes)
    return Paint(
        tuple(
            theme.line if is_junction(box, changes) else fills[state]
            for box, state in zip(boxes, states, strict=True)
        ),
        tuple(change_lines(box, changes, each=_stands_for(box, frames) > 1) for box in boxes),
        tuple(Swatch(words[state], fills[state]) for state in fills if state in drawn),
        states=states,
    )


def outline(state: State, theme: Theme) -> str:
    """The outline of boxes and the color of edges in a comparison."""
    return _state_colors(theme)[state][1]


def _state_colors(theme: Theme) -> Mapping[State, tuple[str, str]]:
    return {
        "added": theme.added,
        "removed": theme.removed,
        "changed": theme.changed,
        "training": theme.training,
        "kept": theme.kept,
    }
