"""Colors: told apart without color vision and in gray, with text that is read on them."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from color_vision import (
    BLINDNESS,
    Lab,
    ciede2000,
    lab,
    lightness_apart,
    seen_apart,
)

from inceptionspec.drawing import diagram
from inceptionspec.drawing.diagram.options import ThemeName
from inceptionspec.drawing.diagram.theme import (
    COMPOSITE,
    THEMES,
    Theme,
    along_scale,
    contrast,
    luminance,
    text_on,
)
from inceptionspec.ops import OPS


def distance(one: Lab, other: Lab) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def lightness(color: str) -> float:
    return float(116 * luminance(color) ** (1 / 3) - 16)


@pytest.fixture(params=list(THEMES))
def theme(request: pytest.FixtureRequest) -> Theme:
    return THEMES[request.param]


def test_categories_and_colors_are_the_same_set(theme: Theme) -> None:
    assert set(theme.categories) == {op.category for op in OPS.values()} | {COMPOSITE}


def test_categories_differ_in_a_grayscale_print(theme: Theme) -> None:
    for one, other in combinations(theme.categories.items(), 2):
        assert abs(lightness(one[1]) - lightness(other[1])) >= 3, (one, other)
    for fill, another in combinations(theme.blocks, 2):
        assert abs(lightness(fill) - lightness(another)) >= 2.5, (fill, another)


@pytest.mark.parametrize("blindness", ["", *BLINDNESS])
def test_categories_differ_for_everybody(theme: Theme, blindness: str) -> None:
    for fills in (
        tuple(theme.categories.values()),
        theme.blocks,
        states_of(theme),
    ):
        for one, other in combinations(fills, 2):
            assert distance(lab(one, blindness), lab(other, blindness)) >= 4, (one, other)


def states_of(theme: Theme) -> tuple[str, ...]:
    looks = (theme.added, theme.removed, theme.changed, theme.training, theme.kept)
    return tuple(fill for fill, _ in looks)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [  # rows 1, 7, 13, 17, 25 and 33 of the table of Sharma, Wu and Dalal
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ],
)
def test_distances_of_colors_are_the_published_ones(one: Lab, other: Lab, apart: float) -> None:
    assert abs(ciede2000(one, other) - apart) < 1e-4
    assert abs(ciede2000(other, one) - apart) < 1e-4


@pytest.mark.parametrize("name", ["light", "dark"])
def test_blocks_and_states_differ_for_everybody(name: ThemeName) -> None:
    for fills in (THEMES[name].blocks, states_of(THEMES[name])):
        for one, other in combinations(fills, 2):
            assert seen_apart(one, other) >= 12, (one, other)


def test_states_differ_in_print() -> None:
    for one, other in combinations(states_of(THEMES["print"]), 2):
        assert lightness_apart(one, other) >= 6, (one, other)


def test_text_is_read_on_every_fill(theme: Theme) -> None:
    states = states_of(theme)
    steps = (along_scale(theme.scale, share / 50) for share in range(51))
    for fill in (*theme.categories.values(), *theme.blocks, *states, theme.nothing, *steps):
        assert contrast(text_on(fill, theme), fill) >= 4.5, fill


def test_text_and_lines_are_seen_on_paper_and_in_frames(theme: Theme) -> None:
    for ground in (theme.paper, *theme.frames):
        assert contrast(theme.ink, ground) >= 7
        assert contrast(theme.muted, ground) >= 4.5
        assert contrast(theme.auxiliary, ground) >= 4.5
        assert contrast(theme.line, ground) >= 3


def test_scales_have_even_steps_that_go_one_way(theme: Theme) -> None:
    steps = [lightness(color) for color in theme.scale]
    sizes = [after - before for before, after in pairwise(steps)]
    assert len({size > 0 for size in sizes}) == 1
    mean = sum(sizes) / len(sizes)
    assert all(abs(size - mean) < 0.5 for size in sizes), sizes


def test_a_scale_ends_where_it_ends(theme: Theme) -> None:
    assert along_scale(theme.scale, 0) == along_scale(theme.scale, -1) == theme.scale[0]
    assert along_scale(theme.scale, 1) == along_scale(theme.scale, 2) == theme.scale[-1]
    assert along_scale(theme.scale, 0.5) == theme.scale[4]


def test_only_themes_name_colors() -> None:
    for path in Path(diagram.__file__).parent.glob("*.py"):
        if path.name != "theme.py":
            assert not re.search(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8")), path
