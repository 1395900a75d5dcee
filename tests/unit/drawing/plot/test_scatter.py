"""Scatter plots: what is marked, labels that do not touch, size, scales and stairs."""

from __future__ import annotations

import random
from itertools import pairwise

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from inceptionspec.drawing.diagram.theme import DARK, LIGHT
from inceptionspec.drawing.plot.label_places import Box, place_labels, spread_order
from inceptionspec.drawing.plot.quantities import Quantity, Scale, scale_of, ticks
from inceptionspec.drawing.plot.saving import own_settings
from inceptionspec.drawing.plot.scatter import Named, Scatter, draw_scatter, scatter_figure
from inceptionspec.drawing.plot.thinning import MOST, thinned

MACS, PARAMS = Quantity("MACs", "count"), Quantity("parameters", "count", most=True)
MEMORY = Quantity("peak activation memory", "bytes")


def scatter(count: int = 200, front: int = 12, *, color: bool = False) -> Scatter:
    """A cloud with a front: seeded, over several decades."""
    draw = random.Random(5)
    points = [
        (10 ** draw.uniform(8, 10), 10 ** draw.uniform(6, 7.5), draw.uniform(1e6, 9e6))
        for _ in range(count)
    ]
    marked = [
        Named(1e8 * 1.3**n, 3e7 + 2e6 * n, 1e6 * (n + 1), f"{n}: 0.{n}, 224x224, {8 * n}")
        for n in range(front)
    ]
    base = Named(5.7e9, 2.7e7, 8e6, "Base & <name>")
    return Scatter(
        "A title", ["a note", "another"], MACS, PARAMS, MEMORY if color else None, points,
        marked, not color, base, ["what is counted"],
    )  # fmt: skip


def boxes(drawn: matplotlib.figure.Figure) -> list[tuple[str, matplotlib.transforms.Bbox]]:
    FigureCanvasAgg(drawn)
    renderer = drawn.canvas.get_renderer()
    drawn.draw(renderer)
    return [
        (text.get_text(), matplotlib.text.Text.get_window_extent(text, renderer))
        for text in drawn.findobj(matplotlib.text.Text)
        if text.get_visible() and text.get_text()
    ]


@pytest.mark.parametrize(("front", "color"), [(1, False), (12, False), (30, True), (400, True)])
def test_no_text_touches_another_or_leaves_the_picture(front: int, color: bool) -> None:
    with own_settings("tests"):
        drawn = scatter_figure(scatter(front=front, color=color), LIGHT)
        found = boxes(drawn)
    assert any(text.startswith("0: ") for text, _ in found), "the first of the front has its name"
    assert any(text == "Base & <name>" for text, _ in found)
    for number, (text, box) in enumerate(found):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= drawn.bbox.x1, text
        assert box.y1 <= drawn.bbox.y1, text
        for other, beside in found[:number]:
            apart = (
                box.x1 <= beside.x0 + 1 or beside.x1 <= box.x0 + 1
                or box.y1 <= beside.y0 + 1 or beside.y1 <= box.y0 + 1
            )  # fmt: skip
            assert apart, f"`{text}` touches `{other}`"


def test_ten_thousand_points_are_less_than_a_mebibyte_and_text_stays_text() -> None:
    for color in (False, True):
        picture = draw_scatter(scatter(10_000, 300, color=color), DARK, ".svg")
        assert len(picture) < 1 << 20
        assert b"Base &amp; &lt;name&gt;" in picture
        assert picture == draw_scatter(scatter(10_000, 300, color=color), DARK, ".svg")


def test_themes_have_the_colors_of_the_diagrams() -> None:
    for theme, other in ((LIGHT, DARK), (DARK, LIGHT)):
        picture = draw_scatter(scatter(), theme, ".svg").decode()
        assert theme.paper in picture
        assert theme.added[1] in picture
        assert theme.auxiliary in picture
        assert other.added[1] not in picture


def test_points_that_lie_on_each_other_are_drawn_once() -> None:
    assert thinned([(0.1, 0.1, 0), (0.2, 0.3, 1), (5.0, 5.0, 0)]) == [(0.1, 0.1, 0), (5.0, 5.0, 0)]
    draw = random.Random(1)
    cloud = [(draw.uniform(0, 600), draw.uniform(0, 300), 0) for _ in range(30_000)]
    kept = thinned(cloud)
    assert MOST // 2 < len(kept) <= MOST
    assert set(kept) <= set(cloud)


def test_axes_are_logarithmic_over_a_decade_and_more() -> None:
    assert scale_of(1e9, 9e9) == Scale(1e9, 9e9, False)
    assert scale_of(1e9, 1e10).logarithmic
    assert not scale_of(0, 1e10).logarithmic
    alone = scale_of(7.0, 7.0)
    assert alone.low < 7.0 < alone.high
    wide = scale_of(1e8, 1e10)
    assert wide.share(1e9) == pytest.approx(0.5)
    assert wide.widened(0.5, 0).low == pytest.approx(1e7)


@pytest.mark.parametrize(
    ("quantity", "low", "high", "shown"),
    [
        (MACS, 1e8, 1e10, ["100M", "200M", "500M", "1G", "2G", "5G", "10G"]),
        (MEMORY, 500 * 1024, 10 << 20, ["500 KiB", "1 MiB", "2 MiB", "5 MiB", "10 MiB"]),
        (MEMORY, 3 << 20, 9 << 20, [f"{n} MiB" for n in range(3, 10)]),
        (Quantity("time", "seconds"), 0.004, 0.05,
         ["5 ms", "7 ms", "10 ms", "20 ms", "30 ms", "50 ms"]),
        (Quantity("field", "pixels"), 400, 1400,
         ["400 px", "600 px", "800 px", "1,000 px", "1,200 px", "1,400 px"]),
    ],
)  # fmt: skip
def test_ticks_are_round_figures_of_their_unit(
    quantity: Quantity, low: float, high: float, shown: list[str]
) -> None:
    found = [quantity.text(tick) for tick in ticks(scale_of(low, high), quantity)]
    assert found == shown


def test_labels_keep_off_marks_lines_and_each_other() -> None:
    points = [(10.0 * n, 100.0 - 5 * n) for n in range(20)]
    taken = [Box(x, y, x, y).grown(3) for x, y in points]
    bounds = Box(-100, 0, 300, 200)
    places = place_labels(points, [(60.0, 9.0)] * 20, bounds, taken, (-1, -1))
    found = [box for box in places if box is not None]
    assert len(found) >= 6
    assert places[0] is not None
    assert places[-1] is not None
    for number, box in enumerate(found):
        assert bounds.holds(box)
        assert not any(box.touches(one) for one in (*taken, *found[:number]))
    assert place_labels([(0, 0)], [(500.0, 9.0)], bounds, [], (1, 1)) == [None]


def test_the_ends_come_first() -> None:
    assert spread_order(0) == []
    assert spread_order(1) == [0]
    assert spread_order(5) == [0, 4, 2, 1, 3]
    assert sorted(spread_order(33)) == list(range(33))


@pytest.mark.parametrize("most", [False, True])
def test_the_line_is_the_edge_of_what_is_reached(most: bool) -> None:
    from inceptionspec.drawing.plot.scatter import _stairs

    corners = _stairs([(0, 0), (2, 3)], late=most)
    # Less across: until the second point, the first is the best there is. More: the second is.
    assert corners == [(0, 0), (0, 3) if most else (2, 0), (2, 3)]
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in pairwise(corners))
