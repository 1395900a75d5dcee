"""How training went: curves over steps, one panel above the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.drawing.diagram.theme import LIGHT
from inceptionspec.drawing.plot.saving import own_settings, saved

COLORS = (
    LIGHT.categories["dense"], LIGHT.auxiliary, LIGHT.blocks[4], LIGHT.ink, LIGHT.blocks[3],
    LIGHT.line,
)  # fmt: skip
"""Of the curves of a panel, in order; any two are told apart by all readers."""
_WIDTH, _PANEL, _HEAD = 9.0, 2.3, 0.55


class Panel(NamedTuple):
    """Curves that share an axis.

    Attributes:
        title: what they show, with the unit.
        curves: steps and values of each, by name.
        logarithmic: whether the axis is.
    """

    title: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    logarithmic: bool = False


def draw_curves(title: str, panels: Sequence[Panel]) -> bytes:
    """The picture, as an SVG file.

    Raises:
        SpecError: matplotlib is not installed (E0704).
    """
    with own_settings("pictures of curves need it"):
        from matplotlib.figure import Figure

        shown = [panel for panel in panels if panel.curves]
        height = _HEAD + _PANEL * max(len(shown), 1)
        drawn = Figure(figsize=(_WIDTH, height), facecolor=LIGHT.paper, layout="constrained")
        drawn.suptitle(
            title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=LIGHT.ink,
            parse_math=False,
        )  # fmt: skip
        grid: Any = drawn.subplots(max(len(shown), 1), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(grid, shown, strict=False):
            _draw(axes, panel)
        grid[-1].set_xlabel("step", color=LIGHT.muted)
        return saved(drawn, ".svg")


def _draw(axes: Any, panel: Panel) -> None:
    for number, (name, (steps, values)) in enumerate(panel.curves.items()):
        # A lone value is a point: a line through it would not be seen.
        marker = "o" if len(steps) < 40 else ""
        axes.plot(
            steps, values, marker=marker, markersize=3, linewidth=1.4, label=name,
            color=COLORS[number % len(COLORS)], linestyle=("-", "--")[number // len(COLORS) % 2],
        )  # fmt: skip
    axes.set_title(panel.title, loc="left", fontsize=9, color=LIGHT.ink, parse_math=False)
    if panel.logarithmic:
        axes.set_yscale("log")
    axes.grid(color=LIGHT.frame_line, linewidth=0.6)
    axes.tick_params(colors=LIGHT.muted)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(LIGHT.line)
    if len(panel.curves) > 1:
        columns = min(len(panel.curves), 4)
        axes.legend(frameon=False, fontsize=8, ncols=columns, labelcolor=LIGHT.ink)
