"""The tables of a profile: parts of the network, the slowest layers, the least efficient."""

from __future__ import annotations

from inceptionspec.bench.tracing.profile import Figures, LayerProfile, Profile
from inceptionspec.reports.table import Column, Table, digits

COLUMNS = (
    "ms: for the whole batch, the median over the traced steps. % step: of an untraced step. "
    "GFLOP/s: by the spec's own count, even if an engine computes less. % peak: of the matrix "
    "peak. FLOP/B: FLOPs for each byte moved. roof ms: the prediction of the roofline, * where "
    "most of it is moving bytes. % roof: predicted over measured; above 100 where tensors stay "
    "in a cache, or where operations that run at once share time unevenly"
)
MAX_ROWS = 10
"""Rows of the lists of layers that stand out."""

_FIGURES = (
    Column("ms", True), Column("% step", True), Column("GFLOP/s", True), Column("% peak", True),
    Column("FLOP/B", True), Column("roof ms", True), Column("% roof", True),
)  # fmt: skip


def part_table(profile: Profile, depth: int | None = 1) -> Table:
    """Blocks, groups and heads as rows at depth 1, more below; the sum of all, and the step.

    Args:
        profile: what is shown.
        depth: how many elements of a path make a row; None shows every layer.
    """
    folded: dict[str, list[LayerProfile]] = {}
    for layer in profile.layers:
        folded.setdefault(_key(layer, depth), []).append(layer)
    rows = [_row(key, profile.figures(layers), profile) for key, layers in folded.items()]
    rows.append(_row("all layers", profile.figures(profile.layers), profile))
    rows.append(_row("untraced step", profile.total, profile))
    return Table("", (Column("layer", cut="front"), *_FIGURES), tuple(rows), ())


def slowest_table(profile: Profile) -> Table:
    """The layers that take the most time."""
    layers = sorted(profile.layers, key=lambda layer: -layer.seconds)[:MAX_ROWS]
    columns = (
        Column("slowest layers", cut="front"),
        *(_FIGURES[number] for number in (0, 1, 2, 3, 6)),
    )
    rows = []
    for layer in layers:
        name, *cells = _row(layer.path, profile.figures((layer,)), profile)
        rows.append((name, *(cells[number] for number in (0, 1, 2, 3, 6))))
    return Table("", columns, tuple(rows), ())


def inefficient_table(profile: Profile) -> Table:
    """The layers that are farthest from their roofline, by the time beyond it."""
    figured = [(layer, profile.figures((layer,))) for layer in profile.layers]
    figured.sort(key=lambda pair: -pair[1].lost)
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
        for layer, figures in figured[:MAX_ROWS]
        if figures.lost > 0
    )
    return Table("", columns, rows, ())


def milliseconds(seconds: float) -> str:
    """Milliseconds with at least three digits."""
    return digits(seconds * 1e3, 3)


def percent(share: float | None) -> str:
    """A share in percent, with one decimal; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f}"


def _key(layer: LayerProfile, depth: int | None) -> str:
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
