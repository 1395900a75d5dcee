"""A payload that takes the place of another: what a reader has set stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import spec

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.page import findings_data, page_text, payload, place_key

Show = Callable[..., Any]
TEXT = """
- {op: conv, name: first, kernel: 3, filters: 4}
- {name: A, layers: [{op: conv, name: one, kernel: 3, filters: FILTERS}, {op: conv, name: two, kernel: 1, filters: 8}]}
- {name: B, layers: [{op: conv, name: one, kernel: 3, filters: 8}, {op: conv, name: two, kernel: 1, filters: 8}]}
"""  # noqa: E501


def text(filters: int, extra: str = "") -> str:
    return spec(TEXT.strip().replace("FILTERS", str(filters)) + extra)


def send(page: Any, data: dict[str, Any]) -> None:
    page.evaluate("data => specPage.show(data)", data)


def test_zoom_folds_selection_and_coloring_stay(show: Show) -> None:
    page = show(text(8), {"fold": "network"})
    page.click("g[data-key='frame A']")
    page.click("g[data-key='A/two']")
    page.select_option("#color-by", "params")
    page.click("#theme")
    page.click("[data-column='params'] button")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.evaluate("new Promise(requestAnimationFrame)")
    before = page.evaluate("({...view.state})")
    place = page.locator("g[data-key='A/two']").bounding_box()
    send(page, payload(inceptionspec.load(text(16)).loaded))
    assert page.evaluate("view.state.scale") == before["scale"]
    after = page.locator("g[data-key='A/two']").bounding_box()
    assert after["y"] == pytest.approx(place["y"], abs=1)
    middle = [box["x"] + box["width"] / 2 for box in (place, after)]
    assert middle[0] == pytest.approx(middle[1], abs=1)
    assert page.locator("g[data-key='A/two'].selected").count() == 1
    assert page.locator("g[data-key='frame A'].frame").count() == 1
    assert page.locator("g[data-key='frame B'].closed").count() == 1
    assert page.input_value("#color-by") == "params"
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.get_attribute("th[data-column='params']", "aria-sort") == "descending"
    assert "conv 3\u00d73, 16 filters" in page.text_content("g[data-key='A/one']")
    assert "16\u00d716\u00d716" in page.text_content("#details")


def test_what_is_gone_is_forgotten(show: Show) -> None:
    page = show(text(8), {"fold": "layers"})
    page.click("g[data-key='B/two']")
    send(
        page,
        payload(inceptionspec.load(spec("- {op: conv, name: z, kernel: 3, filters: 4}")).loaded),
    )
    assert page.locator("g.selected").count() == 0
    assert page.locator("#details").is_hidden()
    assert page.locator("g.box").count() == 2
    assert page.locator("#canvas [tabindex='0']").count() == 1


def test_findings_stand_over_the_last_good_picture(show: Show) -> None:
    good = text(8)
    network = inceptionspec.load(good)
    page = show(network, {"fold": "network"})
    with pytest.raises(SpecError) as caught:
        inceptionspec.load(good.replace("name: two, kernel: 1", "name: two, kernal: 1", 1))
    (finding, *_) = caught.value.findings
    paths = {place_key(node.origin.span): node.path for node in network.graph.nodes}
    assert place_key(finding.primary.span) in paths
    found = findings_data(caught.value.findings, {place_key(finding.primary.span): "A/two"})
    send(page, {"findings": found})
    panel = page.locator("#findings")
    assert panel.is_visible()
    words = panel.inner_text()
    assert "error[E0203]" in words
    assert "unknown attribute `kernal`" in words
    assert f"<text>:{finding.primary.span.line}" in words
    assert "did you mean `kernel`?" in words
    assert page.locator("g.box").count() == 4
    panel.get_by_text("Show A/two").click()
    assert page.locator("g[data-key='A/two'].blamed").count() == 1
    send(page, payload(network.loaded) | {"difference": {"against": "the last save", "params": -520,
                                                  "macs": 1200, "peak": 0}})  # fmt: skip
    assert not panel.is_visible()
    assert page.locator("g.blamed").count() == 0
    assert page.inner_text("#difference") == "\u2212520 params, +1.20k MACs against the last save"


def test_status(show: Show) -> None:
    page = show(text(8))
    page.evaluate("specPage.status('connection lost')")
    assert page.inner_text("#status") == "connection lost"
    page.evaluate("specPage.status('')")
    assert page.locator("#status").is_hidden()


def test_a_folder_of_folds_survives_many_payloads(show: Show) -> None:
    page = show("inception_v3")
    page.click("g[data-key='frame Mixed_6b']")
    data = payload(inceptionspec.load("inception_v3", classes=10).loaded)
    for _ in range(5):
        send(page, data)
    assert page.locator("g[data-key='frame Mixed_6b'].frame").count() == 1
    count = page.evaluate("document.querySelectorAll('#scene *').length")
    send(page, data)
    assert page.evaluate("document.querySelectorAll('#scene *').length") == count


def test_a_page_that_starts_with_findings_waits_for_a_network(
    tmp_path: Path, open_file: Callable[..., Any]
) -> None:
    with pytest.raises(SpecError) as caught:
        inceptionspec.load("spec: 1\nname: t\n")
    file = tmp_path / "page.html"
    file.write_text(page_text({"findings": findings_data(caught.value.findings)}), "utf-8")
    page = open_file(file)
    assert "error[E0204]" in page.inner_text("#findings")
    for key in ("f", "b", "u", "c", "d", "t", "0", "+", "p", "n", "Home", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    page.fill("#query", "conv")
    for selector in ("[data-fold='branches']", "#direction", "[data-zoom='fit']",
                     "#theme", "[data-level='layers']"):  # fmt: skip
        page.evaluate(f'document.querySelector("{selector}").click()')
    send(page, payload(inceptionspec.load(text(8)).loaded))
    assert page.locator("#findings").is_hidden()
    assert page.locator("g.box").count() >= 6
    assert page.title() == "t"
