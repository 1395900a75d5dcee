"""Two figures of many networks as a scatter plot, with the front and the base marked.

Every length is in points; no label is placed by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.drawing.diagram.theme import Theme, along_scale
from inceptionspec.drawing.plot.label_places import (
    Box,
    Point,
    around,
    leader_of,
    place_labels,
    spread_order,
)
from inceptionspec.drawing.plot.quantities import Quantity, Scale, scale_of, ticks
from inceptionspec.drawing.plot.saving import own_settings, saved
from inceptionspec.drawing.plot.thinning import thinned

_WIDTH, _PANEL = 680.0, 326.0
"""The width of the picture, and the height of what the axes enclose."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 20.0, 62.0, 64.0
_NOTE = 12.0
"""The height of a line below the title."""
_SMALL, _NORMAL, _LARGE = 7.5, 9.0, 15.0
_COLORS = 9
"""Colors of a third figure."""
_MARK = 5.0
"""Half the room that a mark of the front or of the base takes."""
_SIDE_ROOM, _ROOM = 0.16, 0.05
"""What is left free at the ends of an axis, in shares of it: where names go, and elsewhere."""
_LONGEST_NAME, _LONGEST_LINE = 40, 118
_MANY, _MOST_NAMES = 60, 24
"""Marks from which they are smaller, and names on the front that a place is looked for."""


class Named(NamedTuple):
    """A network that is marked: its figures on both axes and in color, and its name."""

    x: float
    y: float
    z: float | None
    name: str


class Scatter(NamedTuple):
    """All that is drawn.

    Attributes:
        title: what is shown.
        notes: lines below the title.
        x: the figure from left to right.
        y: the figure from below to above.
        z: the figure that is shown by color, if any.
        points: x, y and z of each network; z is None where there is none.
        front: the networks that no other beats, in the order of x.
        line: whether they are joined: a front of two figures is a line, one of three is not.
        base: the network that the others were made of, if it has both figures.
        foot: what the figures count.
    """

    title: str
    notes: Sequence[str]
    x: Quantity
    y: Quantity
    z: Quantity | None
    points: Iterable[tuple[float, float, float | None]]
    front: Sequence[Named]
    line: bool
    base: Named | None
    foot: Sequence[str]


def draw_scatter(scatter: Scatter, theme: Theme, suffix: str) -> bytes:
    """The picture.

    Args:
        scatter: what is shown; it has at least one point.
        theme: its colors.
        suffix: one of ``SUFFIXES``.

    Raises:
        SpecError: matplotlib is not installed (E0704).
    """
    with own_settings("scatter plots need it"):
        return saved(scatter_figure(scatter, theme), suffix)


def scatter_figure(scatter: Scatter, theme: Theme) -> Any:
    """The figure of matplotlib; no state of matplotlib outlives the call."""
    from matplotlib.figure import Figure

    height = _TOP + _NOTE * len(scatter.notes) + _PANEL + _BOTTOM
    drawn = Figure(figsize=(_WIDTH / 72, height / 72), dpi=144, facecolor=theme.paper)
    frame = _Frame(scatter, theme, drawn, height)
    frame.axes()
    frame.quiet_points()
    frame.marks()
    frame.header()
    return drawn


class _Frame:
    """Scales, and places in points from the lower left corner of the picture."""

    def __init__(self, scatter: Scatter, theme: Theme, drawn: Any, height: float) -> None:
        self.scatter, self.theme, self.drawn, self.height = scatter, theme, drawn, height
        self.points = list(scatter.points)
        marked = [*scatter.front, *([scatter.base] if scatter.base else [])]
        all_points = [*self.points, *((point.x, point.y, point.z) for point in marked)]
        across, upward = [point[0] for point in all_points], [point[1] for point in all_points]
        self.x = _with_room(scale_of(min(across), max(across)), scatter.x)
        self.y = _with_room(scale_of(min(upward), max(upward)), scatter.y)
        shown = [point[2] for point in all_points if point[2] is not None]
        self.z = scale_of(min(shown), max(shown)) if scatter.z and shown else None
        self.inner = Box(_LEFT, _BOTTOM, _WIDTH - _RIGHT, _BOTTOM + _PANEL)
        self.sheet = self._axes(Box(0, 0, _WIDTH, height))
        self.sheet.set_axis_off()

    def _axes(self, box: Box) -> Any:
        """Axes whose scale are the points of the picture."""
        left, low, right, high = box
        axes = self.drawn.add_axes(
            (left / _WIDTH, low / self.height, (right - left) / _WIDTH, (high - low) / self.height)
        )
        axes.set(xlim=(left, right), ylim=(low, high))
        for side in axes.spines.values():
            side.set_visible(False)
        return axes

    def place(self, x: float, y: float) -> Point:
        """Where two figures are in the picture."""
        left, low, right, high = self.inner
        return (
            left + self.x.share(x) * (right - left),
            low + self.y.share(y) * (high - low),
        )

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """A text at a place in points."""
        given = {"color": self.theme.ink, "parse_math": False, "fontsize": _SMALL} | style
        self.sheet.text(x, y, sanitize(text), **given)

    def mark(self, points: Iterable[Point], marker: str, size: float, fill: str, edge: str) -> None:
        """Equal marks at places in points."""
        across, upward = zip(*points, strict=True)
        self.sheet.plot(
            across, upward, linestyle="none", marker=marker, markersize=size, zorder=4,
            markerfacecolor=fill, markeredgecolor=edge,
            markeredgewidth=0.8 if edge == self.theme.paper else 1.4,
        )  # fmt: skip

    def axes(self) -> None:
        """The panel with its grid and the round figures along both axes."""
        theme, inner = self.theme, self.inner
        panel = self._axes(inner)
        panel.set_zorder(-1)
        panel.set_facecolor(theme.paper)
        panel.grid(color=theme.frame_line, linewidth=0.6)
        panel.tick_params(length=0, labelsize=_NORMAL, labelcolor=theme.ink)
        for axis, scale, quantity, along_x in (
            (panel.xaxis, self.x, self.scatter.x, True),
            (panel.yaxis, self.y, self.scatter.y, False),
        ):
            values = ticks(scale, quantity)
            places = [
                self.place(value, self.y.low)[0] if along_x else self.place(self.x.low, value)[1]
                for value in values
            ]
            axis.set_ticks(places, [quantity.text(value) for value in values])
        self.text(
            inner.right, inner.low - 30, _axis_title(self.scatter.x, self.x),
            ha="right", fontsize=_NORMAL, fontweight="bold",
        )  # fmt: skip
        self.text(
            16, inner.high + 8, _axis_title(self.scatter.y, self.y),
            ha="left", fontsize=_NORMAL, fontweight="bold",
        )  # fmt: skip

    def quiet_points(self) -> None:
        """All variants, those that lie on each other once, one path for each color."""
        by_color: dict[int, tuple[list[float], list[float]]] = {}
        placed = ((*self.place(x, y), self.color_number(z)) for x, y, z in self.points)
        for x, y, number in thinned(placed):
            xs, ys = by_color.setdefault(number, ([], []))
            xs.append(round(x, 1))
            ys.append(round(y, 1))
        for number in sorted(by_color):
            self.sheet.plot(
                *by_color[number], linestyle="none", marker="o", markersize=3.2,
                color=self.color(number), markeredgewidth=0, alpha=0.75,
            )  # fmt: skip

    def color_number(self, z: float | None) -> int:
        """Which of the colors stands for a figure; -1 for none."""
        if self.z is None or z is None:
            return -1
        return min(int(self.z.share(z) * _COLORS), _COLORS - 1)

    def color(self, number: int) -> str:
        """The color of that number."""
        if number < 0:
            return self.theme.kept[1]
        # The first color of a scale means nothing, and is near that of the paper.
        return along_scale(self.theme.scale, (number + 1) / _COLORS)

    def marks(self) -> None:
        """The front, its line and names, and the base."""
        scatter, theme = self.scatter, self.theme
        front = [self.place(point.x, point.y) for point in scatter.front]
        taken: list[Box] = []
        line = theme.added[1]
        if scatter.line and len(front) > 1:
            corners = _stairs(front, late=scatter.x.most)
            self.sheet.plot(*zip(*corners, strict=True), color=line, linewidth=1.3, zorder=3)
            taken += [around(one, other) for one, other in pairwise(corners)]
        by_color: dict[int, list[Point]] = {}
        numbers = [self.color_number(point.z) for point in scatter.front]
        colored = ((*place, number) for place, number in zip(front, numbers, strict=True))
        for x, y, number in thinned(colored):
            by_color.setdefault(number, []).append((x, y))
            taken.append(Box(x, y, x, y).grown(_MARK))
        size = 6.0 if len(front) <= _MANY else 4.4
        for number, points in sorted(by_color.items()):
            fill, edge = (line, theme.paper) if number < 0 else (self.color(number), line)
            self.mark(points, "o", size, fill, edge)
        chosen = sorted(spread_order(len(front))[:_MOST_NAMES])
        names, places = [scatter.front[n].name for n in chosen], [front[n] for n in chosen]
        if scatter.base is not None:
            x, y = self.place(scatter.base.x, scatter.base.y)
            self.mark([(x, y)], "D", 7, theme.auxiliary, theme.paper)
            taken.append(Box(x, y, x, y).grown(_MARK + 1))
            names, places = [scatter.base.name, *names], [(x, y), *places]
        self.names(names, places, taken)

    def names(self, names: Sequence[str], points: Sequence[Point], taken: list[Box]) -> None:
        """The names that have room, each on a ground of paper, with a line where it is far."""
        shown = [shortened(name, _LONGEST_NAME) for name in names]
        sizes = [_size(name) for name in shown]
        side = (1 if self.scatter.x.most else -1, 1 if self.scatter.y.most else -1)
        base = self.scatter.base is not None
        for number, box in enumerate(
            place_labels(points, sizes, self.inner.grown(-1), taken, side)
        ):
            if box is None:
                continue
            leader = leader_of(points[number], box)
            if leader is not None:
                across, upward = zip(*leader, strict=True)
                self.sheet.plot(across, upward, color=self.theme.line, linewidth=0.5, zorder=2.5)
            color = self.theme.auxiliary if base and number == 0 else self.theme.ink
            self.text(
                (box.left + box.right) / 2, (box.low + box.high) / 2, shown[number],
                ha="center", va="center_baseline", color=color, zorder=6,
                bbox={"facecolor": self.theme.paper, "edgecolor": "none", "pad": 0.8,
                      "alpha": 0.85},
            )  # fmt: skip

    def header(self) -> None:
        """The title, what is shown, the legend of the colors, and what the figures count."""
        scatter, theme = self.scatter, self.theme
        self.text(
            16, self.height - 26, shortened(scatter.title, 70), fontsize=_LARGE, fontweight="bold"
        )
        for number, note in enumerate(scatter.notes):
            self.text(16, self.height - 42 - _NOTE * number, shortened(note, _LONGEST_LINE))
        for number, line in enumerate(reversed(scatter.foot)):
            self.text(16, 10 + 10 * number, shortened(line, 150), color=theme.muted)
        self.legend()

    def legend(self) -> None:
        """Each mark and its word, and the scale of the colors, from the right end on."""
        scatter, theme, line = self.scatter, self.theme, self.theme.added[1]
        x, y = self.inner.right, self.height - 21
        marks = [("variant", "o", 3.2, theme.kept[1]), ("front", "o", 6, line)]
        if scatter.base is not None:
            marks.append(("base", "D", 6, theme.auxiliary))
        for word, marker, size, color in reversed(marks):
            width, _ = _size(word)
            self.text(x, y - 2.5, word, ha="right")
            self.mark([(x - width - 5, y)], marker, size, color, theme.paper)
            x -= width + 20
        if scatter.z is None or self.z is None:
            return
        y, step = self.inner.high + 8, 12.0
        left = self.inner.right - _COLORS * step
        for number in range(_COLORS):
            ends = (left + number * step, left + (number + 1) * step)
            self.sheet.fill_between(ends, y, y + 8, color=self.color(number), linewidth=0)
        low, high = scatter.z.text(self.z.low), scatter.z.text(self.z.high)
        self.text(left, y + 11, low)
        self.text(self.inner.right, y + 11, high, ha="right")
        self.text(left - 6, y + 1, f"color: {_axis_title(scatter.z, self.z)}", ha="right")


def _with_room(scale: Scale, quantity: Quantity) -> Scale:
    """Room for names where figures are better than all others, and a margin where they are worse.

    A scale of differences that starts near 0 starts there.
    """
    below, above = (_ROOM, _SIDE_ROOM) if quantity.most else (_SIDE_ROOM, _ROOM)
    wide = scale.widened(below, above)
    return wide._replace(low=0.0) if not wide.logarithmic and wide.low < 0 <= scale.low else wide


def _axis_title(quantity: Quantity, scale: Scale) -> str:
    words = [quantity.title]
    if scale.logarithmic:
        words.append("log scale")
    words.append("more is better" if quantity.most else "less is better")
    return ", ".join(words)


def _stairs(points: Sequence[Point], *, late: bool) -> list[Point]:
    """The edge of what is reached: the best that is possible is that of the point before.

    Args:
        points: in the order of the first figure.
        late: whether it is that of the point after, since more of the first figure is better.
    """
    corners = [points[0]]
    for before, after in pairwise(points):
        corners += [(before[0], after[1]) if late else (after[0], before[1]), after]
    return corners


def _size(text: str) -> Point:
    """Width and height of a small text."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    width, height, _ = TextToPath().get_text_width_height_descent(
        sanitize(text), FontProperties(family="DejaVu Sans", size=_SMALL), False
    )
    return width + 2, max(height, _SMALL) + 1
