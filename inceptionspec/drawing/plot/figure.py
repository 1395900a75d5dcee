"""The picture itself: bars of MACs and parameters by part, and memory along the network.

Every length is in inches, from which the size of the picture follows: it is as high as its
bars need, and no label is placed by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from inceptionspec.analysis.summary import Summary
from inceptionspec.drawing.diagram.figures import count_text
from inceptionspec.drawing.diagram.theme import LIGHT
from inceptionspec.drawing.plot import labels as words
from inceptionspec.drawing.plot.kinds import KINDS
from inceptionspec.drawing.plot.label_spacing import spread
from inceptionspec.drawing.plot.series import Band, Part, Series

WIDTH = 10.0
_MARGIN = 0.3
_CHARACTER = 0.073
"""The width of a character of 9 points, on average, on the generous side."""
_LINE = 0.165
_ROW = 0.235
_MEMORY = 2.5
_NAME_GAP = 0.155
"""The least distance of two upright names below the memory."""
_SMALL, _NORMAL, _LARGE = 7.5, 9, 15
_SMALL_CHARACTER = _CHARACTER * _SMALL / _NORMAL
_MEMORY_HEAD = 0.8


class _Rows(NamedTuple):
    """Heights of the parts of the picture, and the room at the left for names."""

    left: float
    head: float
    bars: float
    names: float
    foot: float

    @property
    def height(self) -> float:
        """The height of the whole picture."""
        return self.head + self.bars + _MEMORY_HEAD + _MEMORY + self.names + self.foot


def figure(report: Summary, series: Series) -> Figure:
    """Draw a network's costs; no state of matplotlib outlives the call."""
    longest = max(len(words.bar_name(part.name, part.head)) for part in series.parts)
    band_names = max(len(words.name(band.name)) for band in series.bands)
    foot = words.foot(report)
    rows = _Rows(
        left=max(1.0, _MARGIN + 0.1 + _CHARACTER * longest),
        head=1.35,
        bars=_ROW * len(series.parts) + 0.1,
        names=0.3 + _SMALL_CHARACTER * band_names,
        foot=_LINE * len(foot) + 0.35,
    )
    drawn = Figure(figsize=(WIDTH, rows.height), dpi=144, facecolor="white")
    _text(drawn, rows, 0.32, words.title(report), fontsize=_LARGE, fontweight="bold")
    _text(drawn, rows, 0.58, words.subtitle(report), fontsize=_NORMAL)
    _legend(drawn, rows, series.parts)
    _bars(drawn, rows, series.parts)
    _memory(drawn, rows, report, series)
    for number, line in enumerate(foot):
        below = rows.height - rows.foot + 0.3 + _LINE * number
        _text(drawn, rows, below, line, fontsize=_SMALL, color=LIGHT.muted)
    return drawn


def _text(drawn: Figure, rows: _Rows, below: float, text: str, **style: Any) -> None:
    """A line at the left margin, with its foot at a distance from the top."""
    given: dict[str, Any] = {"color": LIGHT.ink, "va": "bottom", "parse_math": False} | style
    drawn.text(_MARGIN / WIDTH, 1 - below / rows.height, text, **given)


def _axes(
    drawn: Figure, rows: _Rows, left: float, below: float, width: float, height: float
) -> Any:
    axes = drawn.add_axes(
        (left / WIDTH, 1 - (below + height) / rows.height, width / WIDTH, height / rows.height)
    )
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=_NORMAL, labelcolor=LIGHT.ink)
    axes.set_axisbelow(True)
    return axes


# Bars


def _legend(drawn: Figure, rows: _Rows, parts: Sequence[Part]) -> None:
    """The kinds of layers that cost anything, each with its color."""
    at = _MARGIN
    for number, kind in enumerate(KINDS.values()):
        if not any(part.macs[number] or part.params[number] for part in parts):
            continue
        axes = _axes(drawn, rows, at, 0.74, 0.16, 0.12)
        axes.set(xticks=(), yticks=(), facecolor=kind.color)
        drawn.text(
            (at + 0.22) / WIDTH, 1 - 0.8 / rows.height, kind.title,
            fontsize=_SMALL, va="center", color=LIGHT.ink,
        )  # fmt: skip
        at += 0.5 + _SMALL_CHARACTER * len(kind.title)


def _bars(drawn: Figure, rows: _Rows, parts: Sequence[Part]) -> None:
    gap = 0.3
    width = (WIDTH - rows.left - _MARGIN - gap) / 2
    for number, (title, costs) in enumerate(
        (
            ("MACs of each part", [part.macs for part in parts]),
            ("Parameters of each part", [part.params for part in parts]),
        )
    ):
        left = rows.left + number * (width + gap)
        axes = _axes(drawn, rows, left, rows.head, width, rows.bars)
        _stacks(axes, costs)
        axes.set_title(title, fontsize=_NORMAL, fontweight="bold", loc="left", color=LIGHT.ink)
        axes.set_ylim(len(parts) - 0.4, -0.6)
        _rule_above_heads(axes, parts)
        if number:
            axes.set_yticks(())
        else:
            names = [words.bar_name(part.name, part.head) for part in parts]
            axes.set_yticks(range(len(parts)), names, parse_math=False)
            _mark_heads(axes.get_yticklabels(), parts)


def _stacks(axes: Any, costs: Sequence[Sequence[int]]) -> None:
    """A bar for each part, its kinds end to end, the sum at its end."""
    totals = [sum(cost) for cost in costs]
    most = max([*totals, 1])
    high = 1.2 * most  # room for the numbers
    axes.set_xlim(0, high)
    _scale(axes.xaxis, high, words.tick)
    axes.grid(axis="x", color=LIGHT.frame_line, linewidth=0.6)
    start = [0] * len(costs)
    for number, kind in enumerate(KINDS.values()):
        values = [cost[number] for cost in costs]
        if any(values):
            axes.barh(
                range(len(costs)), values, left=start, height=0.72,
                color=kind.color, edgecolor="white", linewidth=0.4,
            )  # fmt: skip
        start = [before + value for before, value in zip(start, values, strict=True)]
    for row, total in enumerate(totals):
        axes.text(
            total + 0.012 * most, row, count_text(total),
            fontsize=_SMALL, va="center", color=LIGHT.ink,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _scale(axis: Any, high: float, label: Callable[[float], str]) -> None:
    """Ticks at round numbers from nothing to the end of an axis, and no further."""
    locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
    ticks = [tick for tick in locator.tick_values(0, high) if 0 <= tick <= high]
    axis.set_ticks(ticks, [label(tick) for tick in ticks])


def _rule_above_heads(axes: Any, parts: Sequence[Part]) -> None:
    """A line where the trunk ends: what is below belongs to one head alone."""
    for row, (before, part) in enumerate(pairwise(parts), start=1):
        if part.head and not before.head:
            axes.axhline(row - 0.5, color=LIGHT.line, linewidth=0.8, linestyle=(0, (4, 2)))


def _mark_heads(labels: Sequence[Any], parts: Sequence[Part | Band]) -> None:
    for label, part in zip(labels, parts, strict=True):
        if part.head == "auxiliary":
            label.set(color=LIGHT.auxiliary, fontstyle="italic")
        elif part.head == "main":
            label.set(fontweight="bold")


# Memory


def _memory(drawn: Figure, rows: _Rows, report: Summary, series: Series) -> None:
    """Live bytes while each layer runs, parts as bands, the peak with its layer."""
    left = 1.0
    width = WIDTH - left - _MARGIN
    axes = _axes(drawn, rows, left, rows.head + rows.bars + _MEMORY_HEAD, width, _MEMORY)
    unit, each = words.unit(series.live[series.peak])
    live = [count / each for count in series.live]
    top = 1.28 * live[series.peak]  # room for the text of the peak
    axes.set(xlim=(0, len(live)), ylim=(0, top), xticks=())
    axes.set_title(
        f"Live activation memory while each layer runs, in {unit}",
        fontsize=_NORMAL, fontweight="bold", loc="left", color=LIGHT.ink,
    )  # fmt: skip
    for number, band in enumerate(series.bands):
        axes.axvspan(band.start, band.end, color=LIGHT.frames[number % 2], linewidth=0)
    edges = list(range(len(live) + 1))
    convolution = LIGHT.categories["convolution"]
    axes.stairs(live, edges, fill=True, color=convolution)
    axes.stairs(live, edges, color=LIGHT.categories["dense"], linewidth=1.0)
    _scale(axes.yaxis, top, "{:g}".format)
    axes.grid(axis="y", color=LIGHT.frame_line, linewidth=0.6)
    _peak(axes, words.peak(report, series.peak, series.live[series.peak]), series.peak, live)
    _band_names(axes, series.bands, len(live) / width)


def _peak(axes: Any, text: str, layer: int, live: Sequence[float]) -> None:
    at, most = layer + 0.5, live[layer]
    side = "left" if at < len(live) / 2 else "right"
    axes.plot([at], [most], marker="o", markersize=4.5, color=LIGHT.auxiliary, clip_on=False)
    axes.annotate(
        text, (at, most), xytext=(6 if side == "left" else -6, 5), textcoords="offset points",
        ha=side, va="bottom", fontsize=_SMALL, color=LIGHT.auxiliary, parse_math=False,
    )  # fmt: skip


def _band_names(axes: Any, bands: Sequence[Band], layers_per_inch: float) -> None:
    """The name of each band upright below it, moved aside where bands are narrow."""
    middles = [(band.start + band.end) / 2 for band in bands]
    low, high = axes.get_xlim()
    gap = _NAME_GAP * layers_per_inch
    places = spread(middles, gap, low, high)
    style = {
        "rotation": 90, "ha": "center", "va": "top", "fontsize": _SMALL, "color": LIGHT.ink,
        "parse_math": False, "annotation_clip": False,
        "arrowprops": {"arrowstyle": "-", "color": LIGHT.line, "linewidth": 0.5,
                       "shrinkA": 0, "shrinkB": 0, "relpos": (0.5, 1)},
    }  # fmt: skip
    across = ("data", "axes fraction")
    labels = [
        axes.annotate(
            words.name(band.name),
            (middle, 0),
            xycoords=across,
            xytext=(place, -0.07),
            textcoords=across,
            **style,
        )
        for band, middle, place in zip(bands, middles, places, strict=True)
    ]
    _mark_heads(labels, bands)
