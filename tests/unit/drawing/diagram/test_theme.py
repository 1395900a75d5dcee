"""Colors: told apart without color vision and in gray, with text that is read on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations, pairwise
from pathlib import Path
from types import MappingProxyType

import pytest

from inceptionspec.drawing import diagram
from inceptionspec.drawing.diagram.theme import (
    MIXED,
    THEMES,
    Theme,
    along_scale,
    channels,
    contrast,
    luminance,
    text_on,
)
from inceptionspec.ops import OPS

#: Linear RGB as it is seen without one kind of cones: Machado, Oliveira and Fernandes, "A
#: Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
BLINDNESS: Mapping[str, tuple[tuple[float, float, float], ...]] = MappingProxyType(
    {
        "protanopia": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "deuteranopia": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "tritanopia": (
            (1.255528, -0.076749, -0.178779),
            (-0.078411, 0.930809, 0.147602),
            (0.004733, 0.691367, 0.303900),
        ),
    }
)
Lab = tuple[float, float, float]


def lab(color: str, blindness: str = "") -> Lab:
    """CIE L*a*b*, in which equal distances look about equal, as somebody sees it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in channels(color)]  # fmt: skip
    if blindness:
        linear = [
            min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True))))
            for row in BLINDNESS[blindness]
        ]
    r, g, b = linear
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
                  for t in (x, y, z))  # fmt: skip
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: Lab, other: Lab) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def lightness(color: str) -> float:
    return float(116 * luminance(color) ** (1 / 3) - 16)


@pytest.fixture(params=list(THEMES))
def theme(request: pytest.FixtureRequest) -> Theme:
    return THEMES[request.param]


def test_categories_and_colors_are_the_same_set(theme: Theme) -> None:
    assert set(theme.categories) == {op.category for op in OPS.values()} | {MIXED}


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
        (theme.added[0], theme.removed[0], theme.changed[0], theme.kept[0]),
    ):
        for one, other in combinations(fills, 2):
            assert distance(lab(one, blindness), lab(other, blindness)) >= 4, (one, other)


def test_text_is_read_on_every_fill(theme: Theme) -> None:
    states = (theme.added[0], theme.removed[0], theme.changed[0], theme.kept[0])
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
