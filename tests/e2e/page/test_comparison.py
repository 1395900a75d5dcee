"""The page of two networks: what both have once, what is different in color and in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geometry import GEOMETRY

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram import Comparison, Options
from inceptionspec.drawing.diagram.theme import LIGHT
from inceptionspec.drawing.page import draw_page

LEAN = str(Path(__file__).resolve().parents[3] / "docs" / "examples" / "lean.yaml")
PAIRS = [
    ("inception_v3", LEAN),
    ("inception_v3", "inception_v3_paper"),
    ("inception_v3_paper", "inception_v3"),
    ("inception_v3", "inception_v3_keras"),
    ("inception_v1", "inception_v1_paper"),
    ("resnet50", "resnext50"),
]


def written(file: Path, old: str, new: str, **options: Any) -> Path:
    pair = inceptionspec.load(old).loaded, inceptionspec.load(new).loaded
    draw_page(Comparison(*pair), str(file), Options(**options), theme="light")
    return file


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_nothing_is_where_it_should_not_be(
    tmp_path: Path, open_file: Callable[..., Any], old: str, new: str
) -> None:
    for fold in ("network", "branches", "layers"):
        page = open_file(written(tmp_path / f"{fold}.html", old, new, fold=fold))
        assert page.evaluate(GEOMETRY) == []


def test_what_is_different_has_colors_and_words(
    tmp_path: Path, open_file: Callable[..., Any]
) -> None:
    page = open_file(written(tmp_path / "a.html", "inception_v3", LEAN, fold="network"))
    assert page.locator("#color-by").input_value() == "difference"
    legend = page.locator("#legend").inner_text()
    assert "only in InceptionV3" in legend
    assert "in both" in legend
    boxes = page.evaluate(
        "() => Object.fromEntries(drawing.boxes().filter((box) => box.lines)"
        ".map((box) => [box.key, box.lines.map(([, text]) => text)]))"
    )
    assert "kernel: 5\u00d75 to 3\u00d73" in boxes["frame Mixed_5b"]
    assert any("\u221249.2k params" in line for line in boxes["frame Mixed_5b"])
    assert any("only in InceptionV3" in line for line in boxes["frame Mixed_6e"])
    assert len(boxes["frame Mixed_6a"]) == 3
    fills = page.evaluate(
        "() => drawing.boxes().map((box) => [box.key, "
        "coloring.scheme(page.state.made, 'difference', 'light', [box.thing]).of(box.thing).fill])"
    )
    found = dict(fills)
    assert found["frame Mixed_5b"] == LIGHT.changed[0]
    assert found["frame Mixed_6e"] == LIGHT.removed[0]
    assert found["frame Mixed_6a"] == LIGHT.kept[0]


def test_the_table_has_every_block_once_and_no_junction(
    tmp_path: Path, open_file: Callable[..., Any]
) -> None:
    page = open_file(written(tmp_path / "a.html", "inception_v3", LEAN))
    body = page.locator("#side").inner_text()
    assert "junction" not in body
    assert body.count("Mixed_6e") == 1


def test_figures_are_those_of_the_new_network(
    tmp_path: Path, open_file: Callable[..., Any]
) -> None:
    old, new = inceptionspec.load("inception_v3"), inceptionspec.load(LEAN)
    page = open_file(written(tmp_path / "a.html", "inception_v3", LEAN))
    params = page.evaluate(
        "() => page.state.made.layers.reduce((sum, layer) => sum + layer.params, 0)"
    )
    assert params == new.params
    difference = page.locator("#difference").inner_text()
    assert "\u22127.65M params" in difference
    assert "InceptionV3" in difference
    assert page.locator("#title").inner_text() == f"{old.name} \u2192 {new.name}"


def test_networks_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        written(tmp_path / "a.html", "inception_v1", "vgg16")
    assert caught.value.findings[0].code == "E0835"
    assert not (tmp_path / "a.html").exists()
