"""The page in a real browser: what a reader does, and what is shown then."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from geometry import GEOMETRY
from support import spec

import inceptionspec

Show = Callable[..., Any]
BLOCK = "g[data-key='frame Mixed_6b']"
LAYER = "g[data-key='Mixed_6b/Branch_1/Conv2d_0b_1x7']"


def boxes(page: Any) -> list[str]:
    """The keys of the layers and folded frames that are drawn."""
    found: list[str] = page.eval_on_selector_all("g.box", "all => all.map(one => one.dataset.key)")
    return found


def state(page: Any) -> dict[str, Any]:
    """Where the diagram stands, and how large."""
    found: dict[str, Any] = page.evaluate("({...view.state})")
    return found


def focused(page: Any) -> str:
    key: str = page.evaluate("document.activeElement.dataset.key || document.activeElement.id")
    return key


def settle(page: Any) -> None:
    """Wait until the next frame is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


# What is there at first


def test_it_opens_with_blocks_folded_and_tells_the_totals(show: Show) -> None:
    page = show("inception_v3")
    assert page.title() == page.text_content("#title") == "InceptionV3"
    assert "27,179,376 parameters" in page.text_content("#figures")
    assert "all heads: AuxLogits, Logits" in page.text_content("#figures")
    closed = page.evaluate("drawing.boxes().filter(box => box.kind === 'closed').length")
    assert closed == 14
    assert page.locator("g.frame").count() == 0
    assert page.get_attribute("[data-fold='network']", "aria-pressed") == "true"


def test_a_small_network_opens_with_its_layers(show: Show) -> None:
    page = show(spec("- {op: conv, name: c, kernel: 3, filters: 4}"))
    assert boxes(page) == ["input", "c"]


# Folding


def test_a_block_unfolds_and_folds_in_place(show: Show) -> None:
    page = show("inception_v3", viewport={"width": 1700, "height": 900})
    before = page.locator(BLOCK).bounding_box()
    page.click(BLOCK)
    frame = page.locator(f"{BLOCK}.frame")
    assert frame.get_attribute("aria-expanded") == "true"
    assert page.locator(LAYER).count() == 1
    assert frame.locator(".ground").bounding_box()["y"] == pytest.approx(before["y"], abs=2)
    page.locator(f"{BLOCK}.frame .header").click(position={"x": 30, "y": 8})
    assert page.locator(LAYER).count() == 0
    assert page.locator(BLOCK).get_attribute("aria-expanded") == "false"
    after = page.locator(BLOCK).bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=2)
    assert after["x"] == pytest.approx(before["x"], abs=2)


def test_blocks_in_blocks_unfold_one_by_one(show: Show) -> None:
    page = show("inception_resnet_v2")
    page.click("g[data-key='frame Repeat']")
    assert page.locator("g[data-key='frame Repeat/block35_1']").count() == 1
    assert page.locator("g[data-key='Repeat/block35_1/add']").count() == 0
    page.click("g[data-key='frame Repeat/block35_1']")
    assert page.locator("g[data-key='Repeat/block35_1/add']").count() == 1


def test_all_levels_of_detail(show: Show) -> None:
    page = show("inception_v3")
    count = "drawing.boxes().filter(box => box.kind !== 'open').length"
    folded = page.evaluate(count)
    page.click("[data-fold='layers']")
    assert page.evaluate(count) == 133
    page.click("[data-fold='branches']")
    assert folded < page.evaluate(count) < 133
    assert "conv 1\u00d77, 128 filters" in page.evaluate(
        "drawing.boxes().flatMap(box => (box.lines || []).map(([, text]) => text)).join('\\n')"
    )
    page.click("[data-fold='network']")
    assert page.evaluate(count) == folded


# Every layout


NETWORKS = ["inception_v1", "inception_v3", "inception_v4", "inception_resnet_v2",
            "inception_resnet_v1", "mobilenet_v2", "resnet50", "vgg16", "xception"]  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_overlaps_and_no_edge_crosses_a_box(show: Show, name: str) -> None:
    page = show(name)
    for _ in ("down", "to the right"):
        for fold in ("network", "branches", "layers"):
            page.evaluate(f"document.querySelector('[data-fold={fold}]').click()")
            assert page.evaluate(GEOMETRY) == []
        page.keyboard.press("d")


def test_branches_stand_in_the_order_of_the_spec(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers"})
    firsts = [f"Mixed_5b/Branch_{number}" for number in range(4)]
    for across, direction in (("x", "TB"), ("y", "LR")):
        if direction == "LR":
            page.keyboard.press("d")
        places = page.evaluate(
            f"""starts => starts.map(start =>
                drawing.boxes().find(box => box.key.startsWith(start)).{across})""",
            firsts,
        )
        assert places == sorted(places)


def test_the_trunk_is_straight(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers"})
    middles = page.evaluate(
        """state_ => page.state.made.trunk.slice(1).map(frame => {
            const ends = drawing.edges().filter(edge => edge.source === frame.output);
            return ends[0].points[0][0];
        })"""
    )
    assert len(set(middles)) == 1


# The card


def test_the_card_tells_all_of_a_layer(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers", "only": "Mixed_6b"})
    page.hover(LAYER)
    card = page.locator("#card")
    card.wait_for(state="visible")
    text = card.inner_text()
    network = inceptionspec.load("inception_v3")
    report = network.summary().layers[network.graph.names["Mixed_6b/Branch_1/Conv2d_0b_1x7"]]
    node = report.node
    assert report.field is not None
    field = report.field.size
    for words in ("Mixed_6b/Branch_1/Conv2d_0b_1x7", "conv 1\u00d77, 128 filters",
                  "17\u00d717\u00d7128", "115,072", f"{report.cost.macs:,}",
                  f"{field[0]} \u00d7 {field[1]}", "batch_norm", "relu",
                  f"specs/inception_v3.yaml:{node.origin.span.line}",
                  f"called at specs/inception_v3.yaml:{node.origin.called_at[0].line}",
                  ):  # fmt: skip
        assert re.sub(r"\s+", " ", words) in re.sub(r"\s+", " ", text.replace("\n", " ")), words
    page.mouse.move(2, 400)
    card.wait_for(state="hidden")


def test_the_card_of_a_block_sums_its_layers(show: Show) -> None:
    page = show("inception_v3")
    page.hover(BLOCK)
    page.locator("#card").wait_for(state="visible")
    text = page.locator("#card").inner_text()
    assert "1,298,944" in text
    assert "374,063,104" in text


# Paths


def test_a_click_marks_the_way_to_the_input_and_to_the_heads(show: Show) -> None:
    page = show("inception_v3", {"only": "Mixed_6b", "fold": "layers"})
    page.keyboard.press("Escape")
    page.click(LAYER)
    on = set(page.eval_on_selector_all("g.box.on", "all => all.map(one => one.dataset.key)"))
    assert {"Mixed_6b/Branch_1/Conv2d_0a_1x1", "Mixed_6b/Branch_1/Conv2d_0c_7x1"} <= on
    assert "Mixed_6b/concat" in on
    assert "Mixed_6b/Branch_0/Conv2d_0a_1x1" not in on
    assert page.inner_text("#details h2") == "Mixed_6b/Branch_1/Conv2d_0b_1x7"
    marked = page.evaluate("""() => {
        const { before, after } = model.path(page.state.made,
            [page.state.made.byPath.get("Mixed_6b/Branch_1/Conv2d_0b_1x7").index]);
        const named = set => [...set].map(index => page.state.made.layers[index].path);
        return [named(before), named(after)];
    }""")
    assert "input" in marked[0]
    assert "Predictions" in marked[1]
    assert "AuxLogits/SpatialSqueeze" in marked[1]
    page.click(LAYER)
    assert page.locator("g.box.on").count() == 0


# Search


def test_search_lists_and_cycles(show: Show) -> None:
    page = show("inception_v3")
    page.keyboard.press("/")
    assert focused(page) == "query"
    page.keyboard.type("conv 7x1")
    assert page.inner_text("#count") == "13 matches"
    assert page.locator("#matches [role='option']").count() == 13
    page.keyboard.press("Enter")
    assert page.inner_text("#count") == "1 of 13"
    assert page.locator("g[data-key='Mixed_6b/Branch_1/Conv2d_0c_7x1'].selected").count() == 1
    page.keyboard.press("Enter")
    assert page.locator("g[data-key='Mixed_6b/Branch_2/Conv2d_0b_7x1'].selected").count() == 1
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    assert page.inner_text("#count") == "13 of 13"
    page.keyboard.press("Escape")
    assert page.input_value("#query") == ""
    assert page.locator(".found").count() == 0


def test_search_finds_blocks_and_says_when_nothing_is_found(show: Show) -> None:
    page = show("inception_v3")
    page.fill("#query", "mixed_7c")
    first = page.locator("#matches [role='option']").first
    assert "inception_c" in first.inner_text()
    first.click()
    page.wait_for_selector("g[data-key='frame Mixed_7c'].selected", state="attached")
    page.fill("#query", "xyzzy")
    page.wait_for_function("document.querySelector('#matches').innerText === 'No matches'")
    assert page.inner_text("#count") == "No matches"


# The keyboard


def test_the_keyboard_alone_does_everything(show: Show) -> None:
    page = show("inception_v3")
    page.locator("g[data-key='input']").focus()
    assert focused(page) == "input"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "frame group stem 1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert focused(page) == "frame Mixed_5b"
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("Mixed_5b/Branch_0")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("Mixed_5b/Branch_1")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Mixed_5b/Branch_1/Conv2d_0b_5x5"
    assert page.locator("#card").is_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "frame group stem 1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("g.selected").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("g.selected").count() == 0
    page.keyboard.press("f")
    assert focused(page) == "frame Mixed_5b/Branch_1"
    page.keyboard.press("f")
    assert focused(page) == "frame Mixed_5b"
    assert page.locator(".frame").count() == 0
    page.keyboard.press("End")
    assert focused(page) == "frame AuxLogits"


def test_arrows_follow_the_flow_to_the_right(show: Show) -> None:
    page = show("inception_v3", {"direction": "LR"})
    page.locator("g[data-key='input']").focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == "frame group stem 1"


def test_help_lists_the_keys(show: Show) -> None:
    page = show("inception_v3")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    shown = page.inner_text("#help-keys")
    assert "search" in shown
    assert "light or dark" in shown
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_tab_reaches_the_diagram_once(show: Show) -> None:
    page = show("inception_v3")
    assert page.locator("#canvas [tabindex='0']").count() == 1
    names = page.eval_on_selector_all(
        "button, input, select, [role='treeitem']",
        """all => all.filter(one => !(one.getAttribute("aria-label")
            || one.textContent.trim() || one.labels?.length)).map(one => one.outerHTML)""",
    )
    assert names == []


# Moving


def test_wheel_drag_and_keys_move_and_zoom(show: Show) -> None:
    page = show("inception_v3")
    settle(page)
    first = state(page)
    page.mouse.move(300, 400)
    page.mouse.wheel(0, 120)
    settle(page)
    assert state(page)["y"] == first["y"] - 120
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    settle(page)
    assert state(page)["scale"] > first["scale"]
    before = state(page)
    page.mouse.move(200, 300)
    page.mouse.down()
    page.mouse.move(260, 330, steps=3)
    page.mouse.up()
    assert state(page)["x"] == before["x"] + 60
    assert page.locator("g.selected").count() == 0
    page.keyboard.press("1")
    assert state(page)["scale"] == pytest.approx(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("-")
    assert state(page)["scale"] == pytest.approx(0.8)
    page.keyboard.press("0")
    settle(page)
    whole = page.locator("#scene").bounding_box()
    stage = page.locator("#stage").bounding_box()
    assert whole["height"] <= stage["height"]
    assert whole["y"] >= stage["y"]


# Colors and themes


def test_colors_and_their_scale(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers"})
    fill = "g[data-key='Conv2d_1a_3x3'] .face"
    kind = page.get_attribute(fill, "fill")
    assert "convolution" in page.inner_text("#legend")
    seen = {kind}
    for figure, words in (("macs", "697M"), ("params", "2.46M"), ("memory", "MiB")):
        page.select_option("#color-by", figure)
        assert words in page.inner_text("#legend")
        seen.add(page.get_attribute(fill, "fill"))
    assert len(seen) == 4
    page.select_option("#color-by", "kind")
    assert page.get_attribute(fill, "fill") == kind


def test_figures_that_are_open_are_not_offered(show: Show) -> None:
    page = show(inceptionspec.load("inception_v3", input="any", head="Logits"))
    options = page.eval_on_selector_all("#color-by option", "all => all.map(one => one.value)")
    assert options == ["kind", "params"]
    assert "?\u00d7?\u00d7" in page.text_content("#scene")
    assert "open" in page.inner_text("#rows")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes(show: Show, scheme: str) -> None:
    page = show("inception_v3", color_scheme=scheme)
    assert page.get_attribute("html", "data-theme") == scheme
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") != scheme
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_read_on_every_fill(show: Show, theme: str) -> None:
    page = show("inception_v3", {"fold": "layers", "theme": theme})
    least = page.evaluate("""() => {
        const part = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        const light = hex => [1, 3, 5].map(at => part(parseInt(hex.slice(at, at + 2), 16) / 255))
            .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
        const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        let least = 21;
        for (const by of ["kind", "macs", "params", "memory"]) {
            const select = document.getElementById("color-by");
            select.value = by;
            select.dispatchEvent(new Event("change"));
            for (const box of document.querySelectorAll("g.box")) {
                const fill = box.querySelector(".face").getAttribute("fill");
                const text = box.querySelector("text").getAttribute("fill");
                least = Math.min(least, ratio(light(fill), light(text)));
            }
        }
        return least;
    }""")
    assert least >= 4


# The table


def test_the_table_sorts_and_finds(show: Show) -> None:
    page = show("inception_v3")
    rows = "#rows th"
    assert page.locator(rows).first.inner_text() == "input"
    page.click("[data-column='macs'] button")
    assert page.locator(rows).first.inner_text() == "stem"
    assert page.get_attribute("th[data-column='macs']", "aria-sort") == "descending"
    page.click("[data-column='macs'] button")
    assert page.locator(rows).last.inner_text() == "stem"
    page.click("[data-level='layers']")
    page.click("[data-column='params'] button")
    first = page.locator("#rows tr").first
    key = first.get_attribute("data-key")
    assert key == "AuxLogits/Conv2d_2a_5x5"
    first.click()
    box = page.locator(f"g.box.selected[data-key='{key}']")
    assert box.count() == 1
    stage = page.locator("#stage").bounding_box()
    place = box.bounding_box()
    assert stage["y"] <= place["y"] <= stage["y"] + stage["height"]
    assert page.inner_text("#details h2") == key


def test_the_table_is_worked_by_keys(show: Show) -> None:
    page = show("inception_v3")
    page.locator("#rows tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("#details h2") == "Mixed_5b"


# Paper


def test_print_shows_the_diagram_and_the_table_on_white(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers", "theme": "dark", "direction": "LR"})
    settle(page)
    before = page.evaluate("document.getElementById('scene').innerHTML")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    pieces = page.locator("#sheet svg").evaluate_all(
        "all => all.map(one => one.viewBox.baseVal).map(box => [box.width, box.height])"
    )
    assert 3 <= len(pieces) <= 6
    assert all(height < 1.4 * max(width, 1000) for width, height in pieces)
    assert not page.locator("#stage").is_visible()
    assert page.locator("#sheet g.box").count() >= 133
    assert "27,179,376" in page.inner_text("#sheet")
    assert page.locator("#sheet tbody tr").count() == 15
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.locator("#sheet svg").count() == 0
    settle(page)
    after = page.evaluate("document.getElementById('scene').innerHTML")
    assert sorted(re.findall("data-key=[^>]*", after)) == sorted(
        re.findall("data-key=[^>]*", before)
    )


def test_a_print_is_a_pdf_of_some_pages(show: Show) -> None:
    page = show("inception_v3", {"fold": "layers"})
    pdf = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 4 <= pages <= 9
