"""The page on screens of every size: what can be read and reached, and what stays apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from screens import SCREENS, screen

Show = Callable[..., Any]

#: The least size of a letter of the diagram in pixels, and texts that leave their box.
READABLE = """() => {
  const shown = [...document.querySelectorAll("#scene text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.width && box.bottom > 0 && box.top < innerHeight;
  });
  const sizes = shown.map((text) =>
    parseFloat(getComputedStyle(text).fontSize) * view.state.scale);
  const leaving = [...document.querySelectorAll("g.box")].flatMap((box) => {
    const face = box.querySelector(".face").getBoundingClientRect();
    return [...box.querySelectorAll("text")].map((text) => text.getBoundingClientRect())
      .filter((text) => text.left < face.left + 2 || text.right > face.right - 2
        || text.top < face.top - 1 || text.bottom > face.bottom + 1);
  });
  return [Math.min(...sizes), leaving.length];
}"""

#: Pairs of what may not lie over each other, and what leaves the window.
APART = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)]
    .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height);
  const parts = ["#bar", "#stage", "#foot", "#side", "#findings"].flatMap(seen);
  const faults = [];
  parts.forEach(([name, one], at) => {
    for (const [other, two] of parts.slice(at + 1)) {
      if (Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1
        && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 1) {
        faults.push(`${name} lies over ${other}`);
      }
    }
  });
  for (const [name, box] of seen("#bar button, #bar select, #bar input, #foot button")) {
    if (box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight) {
      faults.push(`${name} leaves the window`);
    }
  }
  const inStage = document.getElementById("stage").querySelectorAll("#legend, #matches, #findings");
  return [...faults, ...[...inStage].map((one) => `${one.id} is over the drawing`)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SCREENS)
def test_it_is_read_on_opening_and_everything_is_reached(
    show: Show, width: int, scheme: str
) -> None:
    page = show("inception_v3", **screen(width, scheme))
    least, leaving = page.evaluate(READABLE)
    assert least >= 11
    assert not leaving
    assert page.evaluate(APART) == []
    assert page.get_attribute("html", "data-theme") == scheme
    assert page.locator("#zoom button, #detail button, #theme, #save-switch").count() == 9
    first = page.locator("g[data-key='input']").bounding_box()
    stage = page.locator("#stage").bounding_box()
    assert stage["x"] <= first["x"] <= stage["x"] + stage["width"] - first["width"]
    assert stage["y"] <= first["y"] <= stage["y"] + 60
    page.click("[data-fold='layers']")
    least, leaving = page.evaluate(READABLE)
    assert least >= 11
    assert not leaving


@pytest.mark.parametrize("width", [390, 1440])
def test_lists_and_findings_take_room_of_their_own(show: Show, width: int) -> None:
    page = show("inception_v3", **screen(width))
    page.fill("#query", "conv 1x7")
    assert page.locator("#matches [role='option']").count() == 13
    assert page.locator("#matches").is_visible()
    assert page.evaluate(APART) == []
    page.locator("#matches [role='option']").first.click()
    page.evaluate("document.activeElement.blur()")
    assert page.locator("#details").is_visible()
    assert page.evaluate(APART) == []
    page.evaluate("""specPage.show({findings: [{level: "error", code: "E0203", message: "m",
        place: "a.yaml:3", label: "", labels: [], helps: [], notes: [], path: "Mixed_6b"}]})""")
    assert page.locator("#findings").is_visible()
    assert page.evaluate(APART) == []
    page.click("#findings-close")
    assert page.locator("#findings").is_hidden()


def test_a_phone_shows_the_table_below_the_diagram(show: Show) -> None:
    page = show("inception_v3", **screen(390))
    assert page.locator("#side").is_hidden()
    page.click("#side-switch")
    assert page.locator("#costs").is_visible()
    assert page.locator("#stage").bounding_box()["height"] > 150
    assert page.evaluate(APART) == []
    page.click("g[data-key='input']")
    assert page.locator("#details").is_visible()


# The whole


@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v2", "mobilenet_v2"])
def test_blocks_are_named_where_the_diagram_is_small(show: Show, name: str) -> None:
    page = show(name, {"fold": "layers"}, **screen(1440))
    assert page.locator(".names text").count() == 0
    page.keyboard.press("0")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wanted = page.evaluate(
        "[...page.state.made.trunk, ...page.state.made.heads].filter(one => one.items)"
        ".map(one => one.name)"
    )
    found = page.locator(".names text").all_text_contents()
    assert set(wanted) <= set(found)
    overlapping = page.evaluate("""() => {
        const all = [...document.querySelectorAll(".names text")]
            .map(one => one.getBoundingClientRect());
        return all.some((one, at) => all.slice(at + 1).some(other =>
            Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
            && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3));
    }""")
    assert not overlapping
    sizes = page.locator(".names text").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 11


# As in a drawn diagram


def test_branches_have_frames_and_the_auxiliary_head_is_dashed(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers", "only": "Mixed_5b"})
    branch = page.locator("g.frame.branch[data-key='frame Mixed_5b/Branch_0']")
    assert branch.text_content() == "Branch_0"
    assert page.locator("g.frame.branch[data-key^='frame Mixed_5b/']").count() == 4
    page.evaluate("page.state.selected = null")
    branch.locator(".header").click(position={"x": 30, "y": 8})
    closed = page.locator("g.box.closed[data-key='frame Mixed_5b/Branch_0']")
    assert closed.locator("text").all_text_contents()[0] == "Branch_0"
    page.click("#rows tr[data-key='frame AuxLogits']")
    dashed = page.locator("g.frame.auxiliary[data-key='frame AuxLogits'] .ground")
    assert dashed.evaluate("one => getComputedStyle(one).strokeDasharray") != "none"


# The table and the details


def test_long_paths_are_cut_at_the_front(show: Show) -> None:
    page = show("inception_resnet_v2", **screen(1024))
    page.click("[data-level='layers']")
    page.evaluate("document.getElementById('costs').scrollTop = 900")
    cells = page.evaluate("""() => [...document.querySelectorAll("#rows .path")].map(cell => {
        const text = cell.firstChild;
        return [text.textContent, text.getBoundingClientRect().right
            - cell.getBoundingClientRect().right, cell.scrollWidth > cell.clientWidth];
    })""")
    cut = [(text, beyond) for text, beyond, is_cut in cells if is_cut]
    assert any(text.startswith("Repeat/block35_1/Branch_2/") for text, _ in cut)
    assert all(beyond <= 1 for _, beyond in cut)  # the end is there
    widths = page.evaluate("""() => [...document.querySelectorAll("#rows tr")].flatMap(row => {
        const cells = [...row.children].map(cell => cell.getBoundingClientRect());
        return cells.slice(1).map((cell, at) => cell.left - cells[at].right);
    })""")
    assert min(widths) >= -0.5


def test_the_details_have_the_shapes_of_weights(show: Show) -> None:
    page = show("inception_v3", {"only": "Mixed_6b"})
    page.click("#rows tr[data-key='frame Mixed_6b']")
    page.evaluate("page.state.made && document.querySelector(\"[data-level='layers']\").click()")
    page.fill("#query", "Mixed_6b/Branch_1/Conv2d_0b_1x7")
    page.keyboard.press("Enter")
    text = page.inner_text("#details").replace("\n", " ")
    assert "Weights kernel 1x7x128x128 beta 128" in text.replace("\u00d7", "x")
