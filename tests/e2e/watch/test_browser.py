"""`specbuild watch` in a real browser: what its reader sees after each save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import chromium
from support import ROOT
from watching import Watching

V3 = (ROOT / "specs/inception_v3.yaml").read_text()
BLOCK = "g[data-key='frame Mixed_6b']"
LAYER = "g[data-key='Mixed_6b/Branch_1/Conv2d_0b_1x7']"


def edited(old: str, new: str) -> str:
    """V3 with its first such words changed."""
    assert old in V3
    return V3.replace(old, new, 1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


class Reader:
    """A page in a browser that a test looks at, with all that it complained of."""

    def __init__(self, browser: Any, watching: Watching) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 1400})
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda one: self.said.append(f"{one.type}: {one.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.watching = watching
        self.page.goto(watching.address)
        self.page.wait_for_selector("html[data-version]", state="attached")

    @property
    def version(self) -> str:
        return self.page.get_attribute("html", "data-version")

    def after(self, text: str) -> None:
        """Save a text, and wait until the page has shown what it comes to."""
        before = self.version
        self.watching.save(text)
        self.page.wait_for_selector(f"html:not([data-version='{before}'])", state="attached")

    def state(self) -> dict[str, float]:
        return self.page.evaluate("({...view.state})")


@pytest.fixture
def reader(browser: Any, watching: Watching) -> Iterator[Reader]:
    watching.save(V3)
    watching.said("drawn: InceptionV3")
    one = Reader(browser, watching)
    yield one
    one.context.close()
    assert one.said == []
    # Nothing but the page and its events was asked for, and the events once.
    assert [url.split("?")[0] for url in one.asked if not url.startswith("data:")] == [
        watching.address, f"{watching.address}events",
    ]  # fmt: skip


def test_a_save_is_drawn_and_zoom_and_folds_stay(reader: Reader) -> None:
    page = reader.page
    page.click(BLOCK)
    page.hover(LAYER)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(300)
    before = reader.state()
    assert "conv 1\u00d77" in page.text_content(LAYER)
    at = page.locator(LAYER).bounding_box()
    reader.after(edited("name: Conv2d_0b_1x7, kernel: 1x7", "name: Conv2d_0b_1x7, kernel: 1x5"))
    page.wait_for_selector(f"{LAYER}:has-text('conv 1\u00d75')")
    assert reader.state() == before
    assert page.get_attribute(f"{BLOCK}.frame", "aria-expanded") == "true"
    assert page.locator(LAYER).bounding_box()["x"] == pytest.approx(at["x"], abs=2)
    assert page.locator(LAYER).bounding_box()["y"] == pytest.approx(at["y"], abs=2)
    assert page.locator("g.frame:not(.branch)").count() == 1


def test_the_difference_in_cost_is_shown(reader: Reader) -> None:
    reader.after(edited("kernel: 3x3, filters: 32, stride", "kernel: 3x3, filters: 48, stride"))
    assert "+5.09k params, +109M MACs" in reader.page.text_content("#difference")
    # The bar cuts what has no room in it: the difference comes first.
    assert reader.page.locator("#difference").bounding_box()["x"] < 100


def test_findings_are_shown_over_the_last_good_picture_and_go_when_mended(reader: Reader) -> None:
    page = reader.page
    boxes = page.locator("g.box").count()
    assert page.locator("#findings").is_hidden()
    reader.after(edited("block: inception_b, name: Mixed_6b", "block: inceptoin_b, name: Mixed_6b"))
    assert page.locator("#findings").is_visible()
    assert "there is no block `inceptoin_b`" in page.text_content("#findings")
    assert "did you mean `inception_b`?" in page.text_content("#findings")
    assert page.locator("g.box").count() == boxes
    assert page.locator(f"{BLOCK}.box.blamed").count() == 1
    page.click("#findings button[data-path='Mixed_6b']")
    assert page.locator(f"{BLOCK}.selected").count() == 1
    reader.after(V3)
    assert page.locator("#findings").is_hidden()
    assert page.locator(".blamed").count() == 0


def test_a_file_that_goes_and_comes_back(reader: Reader) -> None:
    page = reader.page
    before = reader.version
    reader.watching.file.unlink()
    page.wait_for_selector(f"html:not([data-version='{before}'])", state="attached")
    assert "there is no file" in page.text_content("#findings")
    assert page.locator("g.box").count() == 15
    reader.after(V3)
    assert page.locator("#findings").is_hidden()


def test_the_page_says_when_the_server_is_gone_and_finds_the_next_one(browser, tmp_path) -> None:
    (tmp_path / "spec.yaml").write_text(V3)
    with Watching(tmp_path) as first:
        reader = Reader(browser, first)
        first.end()
        reader.page.wait_for_selector("text=connection lost")
    (tmp_path / "spec.yaml").write_text(edited("name: InceptionV3", "name: Another"))
    with Watching(tmp_path, "spec.yaml", "--port", str(first.port)):
        reader.page.wait_for_selector("#title:has-text('Another')")
        assert reader.page.locator("text=connection lost").is_hidden()
        reader.context.close()


def test_a_spec_that_is_broken_from_the_start_is_drawn_once_it_is_mended(browser, tmp_path) -> None:
    (tmp_path / "spec.yaml").write_text(edited("op: conv,", "op: cnov,"))
    with Watching(tmp_path) as watching:
        reader = Reader(browser, watching)
        assert "unknown operator `cnov`" in reader.page.text_content("#findings")
        reader.after(V3)
        assert reader.page.locator("#findings").is_hidden()
        assert reader.page.locator("g.box").count() == 15
        assert reader.said == []
        reader.context.close()


def test_another_page_can_neither_read_nor_frame_it(browser, watching) -> None:
    """A page that someone else serves on this machine: another port is another origin."""
    import http.server
    import threading

    frame = f"<iframe src='{watching.address}'></iframe><p>other</p>".encode()

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(frame)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        for path in ("", "events"):
            read = page.evaluate(
                "url => fetch(url).then(answer => answer.text(), () => 'refused')",
                watching.address + path,
            )
            assert read == "refused"
        opened = page.evaluate(
            "url => new Promise(done => { const one = new EventSource(url);"
            " one.onmessage = () => done('read'); one.onerror = () => done('refused'); })",
            watching.address + "events",
        )
        assert opened == "refused"
        assert "Mixed" not in "".join(frame.content() for frame in page.frames)
    finally:
        context.close()
        server.shutdown()
        server.server_close()


def test_a_save_marks_what_it_changed_and_findings_of_overrides_lead_to_layers(
    reader: Reader,
) -> None:
    page = reader.page
    variant = (
        "spec: 1\nextends: inception_v3\nname: Mine\noverride:\n"
        "  Mixed_6b/Branch_1/Conv2d_0b_1x7: {l2: 0}\n"
    )
    reader.after(variant)
    reader.after(variant.replace("l2: 0", "kernel: 1x5"))
    assert page.locator(f"{BLOCK}.box.changed").count() == 1
    assert page.locator("g.box.changed").count() == 1
    assert "1 layer changed" in page.text_content("#difference")
    page.click(BLOCK)
    page.click(LAYER)
    assert "kernel: 1x7 to 1x5" in page.inner_text("#details .change").replace("\u00d7", "x")
    page.keyboard.press("Escape")
    reader.after(variant.replace("l2: 0", "kernal: 1x5"))
    assert "spec.yaml:5" in page.inner_text("#findings .place")
    page.click("#findings button[data-path]")
    assert page.locator(f"{LAYER}.selected.blamed").count() == 1
