"""A confusion matrix as a picture: what is shown against what is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.drawing.diagram.theme import LIGHT, along_scale, text_on
from inceptionspec.drawing.plot.saving import own_settings, saved

#: The suffixes of pictures.
FORMATS = (".svg", ".png")
SCALE = (LIGHT.paper, *LIGHT.scale)
"""From no share of a row to all of it, as in a heat map of a diagram."""
_USE = "pictures of matrices need it"
_NAMED, _NUMBERED = 40, 20
"""The most classes whose names, and whose counts, can be read."""
_CELL, _LEAST, _MOST, _MARGIN = 0.42, 3.0, 11.0, 2.0
_LONGEST = 20


def import_matplotlib() -> Any:
    """The package.

    Raises:
        SpecError: it is not installed (E0704).
    """
    with packages("matplotlib", extra="plot", use=_USE):
        import matplotlib
    return matplotlib


def draw_confusion(
    title: str, names: Sequence[str], counts: Sequence[Sequence[int]], suffix: str
) -> bytes:
    """The picture.

    Each row is colored by shares of its sum, so that classes with few pictures are seen, too.

    Args:
        title: what it is of.
        names: of the classes.
        counts: pictures of a class (the row) that are predicted as another (the column).
        suffix: one of ``FORMATS``.

    Raises:
        SpecError: matplotlib is not installed (E0704).
    """
    with own_settings(_USE):
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure

        side = min(max(_CELL * len(names), _LEAST), _MOST) + _MARGIN
        drawn = Figure(
            figsize=(side + 0.8, side), dpi=120, facecolor=LIGHT.paper, layout="constrained"
        )
        drawn.suptitle(
            sanitize(shortened(title, 60)), x=0.01, ha="left", fontsize=11, fontweight="bold",
            color=LIGHT.ink, parse_math=False,
        )  # fmt: skip
        axes: Any = drawn.subplots()
        shares = [[count / max(sum(row), 1) for count in row] for row in counts]
        scale = LinearSegmentedColormap.from_list("scale", SCALE)
        image = axes.imshow(shares, cmap=scale, vmin=0, vmax=1, interpolation="nearest")
        axes.set_xlabel("predicted", color=LIGHT.muted)
        axes.set_ylabel("shown", color=LIGHT.muted)
        axes.tick_params(colors=LIGHT.muted, length=0)
        if len(names) <= _NAMED:
            ticks = range(len(names))
            shown = [sanitize(shortened(name, _LONGEST)) for name in names]
            axes.set_xticks(ticks, shown, rotation=90, parse_math=False)
            axes.set_yticks(ticks, shown, parse_math=False)
        if len(names) <= _NUMBERED:
            _write_counts(axes, counts, shares)
        bar = drawn.colorbar(image, ax=axes, fraction=0.04)
        bar.set_label("share of the row", color=LIGHT.muted)
        bar.ax.tick_params(colors=LIGHT.muted, length=0)
        for spine in (*axes.spines.values(), bar.outline):
            spine.set_color(LIGHT.frame_line)
        return saved(drawn, suffix)


def _write_counts(
    axes: Any, counts: Sequence[Sequence[int]], shares: Sequence[Sequence[float]]
) -> None:
    for row, numbers in enumerate(counts):
        for column, count in enumerate(numbers):
            if count:
                color = text_on(along_scale(SCALE, shares[row][column]), LIGHT)
                axes.text(
                    column, row, f"{count:,}", ha="center", va="center", color=color, fontsize=8
                )
