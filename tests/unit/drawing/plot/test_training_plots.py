"""Pictures of training and of confusions, in the colors and the font of diagrams."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from color_vision import seen_apart

from inceptionspec.drawing.diagram.metrics import FONT
from inceptionspec.drawing.diagram.theme import LIGHT, along_scale, contrast, text_on
from inceptionspec.drawing.plot import saving
from inceptionspec.drawing.plot.confusion import SCALE, draw_confusion
from inceptionspec.drawing.plot.curves import COLORS, Panel, draw_curves
from inceptionspec.drawing.plot.saving import SUFFIXES, own_settings, saved

NAMES = ("cat", "dog <b> $x$")
COUNTS = ((40, 2), (0, 7))
NEUTRAL = {"#ffffff", "#000000"}


def theme_colors() -> set[str]:
    """All colors of the light theme, as they are written."""
    looks = (LIGHT.paper, LIGHT.ink, LIGHT.muted, LIGHT.line, LIGHT.frame_line, LIGHT.auxiliary)
    return {*looks, *LIGHT.categories.values(), *LIGHT.blocks}


def test_curves_have_the_colors_and_the_font_of_diagrams() -> None:
    steps = [0.0, 1.0, 2.0]
    curves = {f"curve {number}": (steps, [number, 2.0, 3.0]) for number in range(7)}
    svg = draw_curves("V3 $x$ <b>", [Panel("loss", curves)]).decode()
    used = set(re.findall(r"(?:stroke|fill): (#[0-9a-f]{6})", svg))
    assert set(COLORS) <= used
    assert used <= theme_colors() | NEUTRAL
    assert set(re.findall(r"font-family: ('[A-Za-z]+')", svg)) == {f"'{FONT}'"}
    assert "V3 $x$ &lt;b&gt;" in svg


def test_any_two_curves_are_told_apart_and_all_are_seen() -> None:
    for one, other in combinations(COLORS, 2):
        assert seen_apart(one, other) >= 12, (one, other)
    assert all(contrast(color, LIGHT.paper) >= 3 for color in COLORS)


def test_a_matrix_has_the_scale_and_the_font_of_diagrams() -> None:
    svg = draw_confusion("flowers", NAMES, COUNTS, ".svg").decode()
    assert set(re.findall(r"font-family: ('[A-Za-z]+')", svg)) == {f"'{FONT}'"}
    used = set(re.findall(r"(?:stroke|fill): (#[0-9a-f]{6})", svg))
    assert used <= theme_colors() | NEUTRAL
    assert "dog &lt;b&gt; $x$" in svg


@pytest.mark.parametrize("share", [part / 20 for part in range(21)])
def test_counts_are_read_on_every_fill(share: float) -> None:
    fill = along_scale(SCALE, share)
    assert contrast(text_on(fill, LIGHT), fill) >= 4.5


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_matrix_gives_the_same_bytes(suffix: str) -> None:
    assert len({draw_confusion("flowers", NAMES, COUNTS, suffix) for _ in range(2)}) == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_letters_of_any_script_are_drawn_without_a_warning(
    suffix: str, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """A font that has them is looked for, and found where one is installed."""
    used: list[str] = []
    with own_settings("a test"):
        from matplotlib.figure import Figure

        drawn = Figure()
        drawn.text(0.1, 0.5, "\u7f51\u7edc \U0010fffe")
        monkeypatch.setattr(saving, "_fonts_with", lambda letters: used.extend(letters) or ())
        content = saved(drawn, suffix)
    assert content[:4] in (b"\x89PNG", b"%PDF", b"<?xm")
    assert not recwarn.list
    assert set(used) == (set() if suffix == ".svg" else {"\u7f51", "\u7edc", "\U0010fffe"})


def test_the_fewest_fonts_are_taken() -> None:
    with own_settings("a test"):
        assert saving._fonts_with({"\U0010fffe"}) == []
        assert len(saving._fonts_with({"a", "b", "\u00e4"})) == 1
