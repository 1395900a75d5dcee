"""A profile to the rows of tables: parts, the layers that take most, the slowest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inceptionspec.reports.table import Column, Table
from inceptionspec.utils.digits import digits

if TYPE_CHECKING:
    from inceptionspec.bench.profiled import Figures, Layer, Profile

COLUMNS = (
    "ms: of the whole batch, the median over the traced steps. % step: of an untraced step. "
    "GFLOP/s: by the spec's own count, whatever an engine saves. % peak: of the matrix peak. "
    "FLOP/B: FLOPs for each byte moved. roof ms: what the roofline predicts, * where moving "
    "bytes is most of it. % roof: predicted over measured; above 100 where tensors stay in a "
    "cache, or where operations that run at once share time unevenly"
)
MOST = 10
"""Rows of the lists of layers that stand out."""

_FIGURES = (
    Column("ms", True), Column("% step", True), Column("GFLOP/s", True), Column("% peak", True),
    Column("FLOP/B", True), Column("roof ms", True), Column("% roof", True),
)  # fmt: skip


def part_table(profile: Profile, depth: int | None = 1) -> Table:
    """Blocks, groups and heads as rows at depth 1, more below; the sum of all, and the step.

    Args:
        depth: elements of a path to keep; None shows every layer.
    """
    folded: dict[str, list[Layer]] = {}
    for layer in profile.layers:
        folded.setdefault(_key(layer, depth), []).append(layer)
    rows = [_row(key, profile.figures(layers), profile) for key, layers in folded.items()]
    rows.append(_row("all layers", profile.figures(profile.layers), profile))
    rows.append(_row("untraced step", profile.total, profile))
    return Table("", (Column("layer", cut="front"), *_FIGURES), tuple(rows), ())


def dearest_table(profile: Profile) -> Table:
    """The layers that take most."""
    layers = sorted(profile.layers, key=lambda layer: -layer.seconds)[:MOST]
    columns = (
        Column("layers that take most", cut="front"),
        *(_FIGURES[number] for number in (0, 1, 2, 3, 6)),
    )
    rows = []
    for layer in layers:
        name, *cells = _row(layer.path, profile.figures((layer,)), profile)
        rows.append((name, *(cells[number] for number in (0, 1, 2, 3, 6))))
    return Table("", columns, tuple(rows), ())


def slowest_table(profile: Profile) -> Table:
    """The layers farthest from their roofline, by the time beyond it."""
    each = [(layer, profile.figures((layer,))) for layer in profile.layers]
    each.sort(key=lambda pair: -pair[1].lost)
    columns = (
        Column("layers farthest from the roofline", cut="front"), Column("ms", True),
        Column("roof ms", True), Column("beyond ms", True), Column("% roof", True),
    )  # fmt: skip
    rows = tuple(
        (
            layer.path,
            milliseconds(figures.seconds),
            _roof(figures),
            milliseconds(figures.lost),
            percent(figures.efficiency),
        )
        for layer, figures in each[:MOST]
        if figures.lost > 0
    )
    return Table("", columns, rows, ())


def milliseconds(seconds: float) -> str:
    """Milliseconds with three digits or more."""
    return digits(seconds * 1e3, 3)


def percent(share: float | None) -> str:
    """A share in per cent, with one decimal; nothing where there is none."""
    return "" if share is None else f"{100 * share:.1f}"


def _key(layer: Layer, depth: int | None) -> str:
    if depth is None:
        return layer.path
    return layer.group if depth == 1 else "/".join(layer.path.split("/")[:depth])


def _row(name: str, figures: Figures, profile: Profile) -> tuple[str, ...]:
    intensity = figures.demand.intensity
    return (
        name,
        milliseconds(figures.seconds),
        percent(figures.seconds / profile.step_seconds),
        "" if figures.flops_per_second is None else digits(figures.flops_per_second / 1e9, 3),
        percent(figures.of_peak),
        "" if intensity is None else digits(intensity, 3),
        _roof(figures),
        percent(figures.efficiency),
    )


def _roof(figures: Figures) -> str:
    mark = "*" if figures.memory_bound else " "
    return milliseconds(figures.predicted) + mark
