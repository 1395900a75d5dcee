"""The page of a sweep in a browser: points, the table, filters, axes, differences, themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sweeps import SMALL, Made, sweep_of

from inceptionspec.drawing.sweep_page import write_sweep_page
from inceptionspec.reports.sweep.page import payload


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    file = tmp_path_factory.mktemp("base") / "small.yaml"
    file.write_text(SMALL.replace("name: Small", 'name: "Small <b>&"'), encoding="utf-8")
    settings = ("width=0.5,0.75,1", "Pair.wide=16..64:16", "input=32,48,64")
    return sweep_of([str(file)], settings, ("macs", "params:max"))


@pytest.fixture
def show(made: Made, tmp_path: Path, open_file: Callable[..., Any]) -> Callable[..., Any]:
    def shown(**settings: Any) -> Any:
        file = tmp_path / "sweep.html"
        write_sweep_page(payload(made.swept, made.bases, made.writer), str(file))
        return open_file(file, **settings)

    return shown


def test_a_click_shows_the_difference_from_the_base(show: Any, made: Made) -> None:
    page = show()
    assert page.inner_text("#title") == f"Small <b>&: {made.swept.counts.rows} variants"
    assert page.locator("#marks circle.front").count() == len(made.swept.front)
    front = made.swept.front[0]
    page.locator("#marks circle.front").first.click(force=True)
    said = page.inner_text("#details")
    assert f"Variant {front.number}" in said
    assert "extends: base/small.yaml" in said
    assert "Attributes" in said
    assert "Parameters by part" in said
    assert page.locator("#rows tr.chosen").count() == 1
    page.keyboard.press("Escape")
    assert "Click a point" in page.inner_text("#details")


def test_others_show_their_figures(show: Any, made: Made) -> None:
    page = show()
    other = next(v for v in made.swept.variants if v.is_row and v.number not in made.swept.on_front)
    assert other.figures is not None
    page.locator(f"#rows tr:has(td:first-child:text-is('{other.number}'))").click()
    said = page.inner_text("#details")
    assert f"Variant {other.number}" in said
    assert "Only variants on the front" in said


def test_filters_axes_and_order(show: Any, made: Made) -> None:
    page = show()
    every = made.swept.counts.rows
    assert page.locator("#rows tr").count() == every
    page.select_option("[data-knob='0']", label="0.75")
    narrow = sum(v.is_row and v.values["width"] == "0.75" for v in made.swept.variants)
    assert page.locator("#rows tr").count() == narrow
    assert f"{narrow} of {every} variants" in page.inner_text("#count")
    page.check("#front-only")
    on_front = sum(v.values["width"] == "0.75" for v in made.swept.front)
    assert page.locator("#rows tr").count() == on_front
    page.click("#reset")
    page.wait_for_function(f"document.querySelectorAll('#rows tr').length === {every}")
    page.select_option("#axis-y", label="peak activation memory")
    assert "peak activation memory" in page.text_content("#marks")
    assert page.locator("#marks .stairs").count() == 0, "the front is one of other figures"
    page.select_option("#axis-z", label="parameters")
    assert "parameters: " in page.inner_text("#legend")
    page.click("#heads button >> text=parameters >> nth=0")
    page.click("#heads button >> text=parameters >> nth=0")
    most = max(v.figures.params for v in made.swept.variants if v.is_row and v.figures)
    assert page.locator("#heads [aria-sort='descending']").count() == 1
    first = page.locator("#rows tr").first
    first.press("Enter")
    number = int(first.locator("td").first.inner_text().replace("\u25cf", "").strip())
    chosen = next(v for v in made.swept.variants if v.number == number)
    assert chosen.figures is not None
    assert chosen.figures.params == most


def test_hovering_shows_a_card(show: Any) -> None:
    page = show()
    box = page.locator("#marks circle.front").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator("#card").is_visible()
    assert "front" in page.inner_text("#card")
    page.mouse.move(2, 2)
    assert not page.locator("#card").is_visible()


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(show: Any, width: int, scheme: str) -> None:
    page = show(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.locator("#rows tr").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    plot, side = (page.locator(name).bounding_box() for name in ("#plot", "#details"))
    beside = side["x"] >= plot["x"] + plot["width"] - 1
    assert beside == (width > 820)
