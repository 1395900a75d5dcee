"""The page on paper: the same from every window and in both themes, read and whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from screens import SCREENS, screen

Show = Callable[..., Any]
PAPER = {"width": 688, "height": 1016}
"""What `@page` leaves of A4, in pixels of 1/96 inch."""
LEAST = {"network": 6.5, "layers": 5.3}
"""The least size of a letter on paper in pixels; layers are as wide as the page, at 4 points."""

SHEET = """() => {
  const sheet = document.getElementById("sheet");
  const inside = sheet.getBoundingClientRect();
  const scale = (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const svgs = [...sheet.querySelectorAll("svg")];
  const letters = svgs.flatMap((svg) => [...svg.querySelectorAll("text")]
    .map((text) => parseFloat(getComputedStyle(text).fontSize) * scale(svg)));
  const beyond = [...svgs, ...sheet.querySelectorAll("table, p, .legend")]
    .map((one) => one.getBoundingClientRect())
    .filter((box) => box.left < inside.left - 1 || box.right > inside.right + 1);
  const seen = [...document.body.children].filter((one) => one.getBoundingClientRect().height);
  return {
    html: sheet.innerHTML,
    pieces: svgs.map((svg) => svg.getBoundingClientRect().height),
    boxes: sheet.querySelectorAll("g.box").length,
    letters: Math.min(...letters),
    beyond: beyond.length,
    seen: seen.map((one) => one.id),
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(sheet.querySelector("h1")).color,
  };
}"""


def printed(show: Show, width: int, scheme: str, fold: str) -> Mapping[str, Any]:
    """What is on paper, printed from a window of some width."""
    page = show("inception_v3", {"fold": fold}, **screen(width, scheme))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    found: Mapping[str, Any] = page.evaluate(SHEET)
    return found


@pytest.mark.parametrize("fold", ["network", "layers"])
def test_paper_is_the_same_from_every_window(show: Show, fold: str) -> None:
    sheets = set()
    for width, scheme in ((min(SCREENS), "dark"), (1024, "light"), (max(SCREENS), "dark")):
        found = printed(show, width, scheme, fold)
        sheets.add(found["html"])
        assert found["seen"] == ["sheet"]
        assert found["paper"] == "rgba(0, 0, 0, 0)"
        assert found["ink"] == "rgb(27, 36, 48)"
        assert found["letters"] >= LEAST[fold]
        assert found["beyond"] == 0
        assert all(height <= PAPER["height"] for height in found["pieces"])
        assert found["boxes"] >= (15 if fold == "network" else 133)
    assert len(sheets) == 1


def test_a_folded_network_is_on_one_page(show: Show) -> None:
    """Not with its last box on another one."""
    assert len(printed(show, 1440, "light", "network")["pieces"]) == 1


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("width", SCREENS)
def test_a_print_is_a_pdf_of_as_many_pages(show: Show, width: int, paper: str) -> None:
    page = show("inception_v3", {"fold": "network"}, **screen(width, "dark"))
    pdf = page.pdf(format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
