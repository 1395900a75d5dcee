"""What a reader takes away from a page: a link that holds its state, and pictures."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

import inceptionspec
from inceptionspec.drawing.page import page_text, payload

Show = Callable[..., Any]
SVG = "{http://www.w3.org/2000/svg}"
LAYER = "Mixed_6b/Branch_1/Conv2d_0b_1x7"
STATE = """() => ({level: page.state.level, direction: page.state.direction,
    theme: page.state.theme, by: page.state.by, selected: page.state.selected,
    boxes: drawing.boxes().map(box => box.key).sort(),
    center: view.center().map(Math.round), table: table.level(),
    narrow: document.body.classList.contains("narrow")})"""


def test_a_link_holds_the_state(show: Show, tmp_path: Path, open_file: Callable[..., Any]) -> None:
    page = show("inception_v3")
    assert page.evaluate("(link.write(), location.hash)") == ""  # nothing was done yet
    page.click("g[data-key='frame Mixed_5b']")
    page.keyboard.press("/")
    page.keyboard.type(LAYER)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.click(f"#canvas g[data-key='{LAYER}']")
    page.select_option("#color-by", "params")
    page.click("[data-level='layers']")
    page.click("#theme")
    page.keyboard.press("d")
    page.keyboard.press("+")
    wanted = page.evaluate(STATE)
    page.keyboard.press("s")
    link = page.input_value("#address").partition("page.html")[2]
    assert "open=Mixed_5b" in link

    class Linked:
        """The same file under the address with the link."""

        @staticmethod
        def as_uri() -> str:
            return f"{(tmp_path / 'page.html').as_uri()}{link}"

    other = open_file(Linked, viewport={"width": 1440, "height": 900})
    assert other.evaluate(STATE) == wanted


@pytest.mark.parametrize(
    "link",
    ["#", "#at=1,2", "#at=NaN,0,1", "#at=0,0,-1", "#fold=all&theme=<b>&color=__proto__&table=7",
     "#open=__proto__&shut=no/such&select=constructor", "#%E0%A4%A&open=%", "#at=1e99,-1e99,1e99"],
)  # fmt: skip
def test_a_link_that_means_nothing_harms_nothing(
    tmp_path: Path, open_file: Callable[..., Any], link: str
) -> None:
    file = tmp_path / "page.html"
    data = payload(inceptionspec.load("inception_v1").loaded)
    file.write_text(page_text(data), encoding="utf-8")

    class Linked:
        @staticmethod
        def as_uri() -> str:
            return f"{file.as_uri()}{link}"

    page = open_file(Linked)
    assert page.locator("g.box").count() > 0
    assert page.evaluate("Object.values(view.state).every(Number.isFinite)")


def test_another_link_of_an_open_page_is_followed(show: Show) -> None:
    page = show("inception_v3")
    page.evaluate("location.hash = '#fold=branches&select=Mixed_7a&theme=dark'")
    page.wait_for_selector("[data-fold='branches'][aria-pressed='true']")
    assert page.locator("g[data-key='frame Mixed_7a'].selected").is_visible()
    assert page.get_attribute("html", "data-theme") == "dark"


@pytest.mark.parametrize("part", ["view", "whole"])
def test_pictures(show: Show, tmp_path: Path, part: str) -> None:
    page = show("inception_v3", {"fold": "layers", "theme": "dark"})
    page.click("g[data-key='Conv2d_1a_3x3']")
    page.keyboard.press("s")
    assert page.input_value("#address").startswith("file:")
    for ending in ("svg", "png"):
        with page.expect_download() as found:
            page.click(f"[data-save='{part} {ending}']")
        assert found.value.suggested_filename == f"InceptionV3.{ending}"
        found.value.save_as(tmp_path / f"a.{ending}")
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.find(f"{SVG}title").text == "InceptionV3"
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "InceptionV3" in texts
    assert "convolution" in texts  # the legend
    assert ("Mixed_7c" in texts) == (part == "whole")
    assert sum(text.startswith("conv") for text in texts) >= (94 if part == "whole" else 3)
    drawn = [one for name in ("rect", "path", "text") for one in root.iter(f"{SVG}{name}")]
    assert all(one.get("class") is None and one.get("style") is None for one in root.iter())
    assert all(one.get("fill") for one in drawn)
    assert not [one for one in drawn if one.get("fill") == "rgb(0, 0, 0)"
                and one.tag == f"{SVG}rect"]  # fmt: skip
    assert any(one.get("stroke-dasharray") for one in drawn) == (part == "whole")
    assert any(one.get("opacity") for one in drawn + list(root.iter(f"{SVG}g")))  # the marked path
    assert all(one.get("font-family") for one in root.iter(f"{SVG}text"))
    header = (tmp_path / "a.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:])
    scale = width / float(root.get("width"))
    assert height == pytest.approx(scale * float(root.get("height")), rel=0.002)


def test_no_absolute_path_is_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text((ROOT / "specs/inception_v1.yaml").read_text("utf-8"))
    mine = tmp_path / "mine.yaml"
    mine.write_text("spec: 1\nname: Mine\nextends: ./base.yaml\n", encoding="utf-8")
    inceptionspec.load(str(mine)).render(str(tmp_path / "a.html"))
    text = (tmp_path / "a.html").read_text("utf-8")
    assert "base.yaml:" in text
    assert str(tmp_path) not in text
    assert str(tmp_path.parent) not in text
