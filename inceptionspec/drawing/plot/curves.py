"""How training went: curves over steps, one panel above the other."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.drawing.diagram.theme import LIGHT

_COLORS = ("#2f66a8", "#d97a1e", "#2f7a4b", "#8d5fb8", "#a1282c", "#66727f")
"""Of the curves of a panel, in order: they differ in lightness, too."""
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
    with packages("matplotlib", extra="plot", use="pictures of curves need it"):
        import matplotlib
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"font.size": 9, "svg.hashsalt": "curves"})
        from matplotlib.figure import Figure

        shown = [panel for panel in panels if panel.curves]
        height = _HEAD + _PANEL * max(len(shown), 1)
        drawn = Figure(figsize=(_WIDTH, height), facecolor="white", layout="constrained")
        drawn.suptitle(
            title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=LIGHT.ink,
            parse_math=False,
        )  # fmt: skip
        grid: Any = drawn.subplots(max(len(shown), 1), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(grid, shown, strict=False):
            _draw(axes, panel)
        grid[-1].set_xlabel("step", color=LIGHT.muted)
        written = io.BytesIO()
        drawn.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return written.getvalue()


def _draw(axes: Any, panel: Panel) -> None:
    for number, (name, (steps, values)) in enumerate(panel.curves.items()):
        # A lone value is a point: a line through it would not be seen.
        marker = "o" if len(steps) < 40 else ""
        axes.plot(
            steps, values, marker=marker, markersize=3, linewidth=1.4, label=name,
            color=_COLORS[number % len(_COLORS)], linestyle=("-", "--")[number // len(_COLORS) % 2],
        )  # fmt: skip
    axes.set_title(panel.title, loc="left", fontsize=9, color=LIGHT.ink, parse_math=False)
    if panel.logarithmic:
        axes.set_yscale("log")
    axes.grid(color="#e3e8ed", linewidth=0.6)
    axes.tick_params(colors=LIGHT.muted)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if len(panel.curves) > 1:
        axes.legend(frameon=False, fontsize=8, ncols=min(len(panel.curves), 4))
