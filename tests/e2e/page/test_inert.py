"""Whatever a spec holds, the page carries it as text; nothing but the page's script runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import inceptionspec
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source
from inceptionspec.drawing.page import findings_data, page_text, payload

HOSTILE = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    "\" onmouseover=\"window.hit = 3",
    "</title></style><svg onload=window.hit=4>",
    "<!-- ]]> {{script}} {{data}} &lt;b&gt; \\u003cscript\\u003e",
    "‮gnp.cixelpmoc‬ ⁦x⁩ \u2028 \u2029",
    "javascript:window.hit=5",
)  # fmt: skip


def hostile(text: str) -> str:
    quoted = json.dumps(text)
    return (
        f"spec: 1\nname: {quoted}\ndoc: {quoted}\ninput: {{size: 16x16}}\nnetwork:\n"
        f"  - {{op: conv, name: c, kernel: 3, filters: 4, doc: {quoted}, group: g}}\n"
        "  - {name: b, branches: [[{op: conv, kernel: 1, filters: 2}], []]}\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_names_stay_text(tmp_path: Path, open_file: Callable[..., Any], text: str) -> None:
    folder = tmp_path / "a <b> 'c' \"d\""
    folder.mkdir()
    (folder / "x.yaml").write_text(hostile(text), encoding="utf-8")
    network = inceptionspec.load(str(folder / "x.yaml"))
    data = payload(network.loaded)
    place = Source(text, text).whole()
    data["findings"] = findings_data(
        [Diagnostic("E0201", text, Label(place, text), (Label(place, text),), (text,), (text,))]
    )
    data["values"] = {"unit": sanitize(text), "layers": {"c": 1.5}}
    data["difference"] = {"against": sanitize(text), "params": 1}
    file = tmp_path / "page.html"
    file.write_text(page_text(data), encoding="utf-8")
    page = open_file(file)
    page.keyboard.press("u")
    page.hover("g[data-key='c']")
    page.locator("#card").wait_for(state="visible")
    page.fill("#query", text)
    page.select_option("#color-by", "values")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("window.hit") is None
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, object, embed, link[rel=stylesheet]").count() == 0
    shown = page.text_content("#title")
    assert page.title() == shown or " ".join(shown.split()) == page.title()
    assert shown == data["name"]
    for one in "\u202e\u202c\u2066\u2069\u2028\u2029":
        assert one not in page.content()


def test_the_policy_allows_the_pages_own_script_alone(tmp_path: Path, browser: Any) -> None:
    text = page_text(payload(inceptionspec.load("inception_v1").loaded))
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert policy[1].count("sha256-") == 2
    file = tmp_path / "page.html"
    injected = text.replace("</body>", "<script>window.hit = 1</script></body>")
    file.write_text(injected.replace("<h1 id", "<h1 style='color: red' onclick='hit = 2' id"))
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    page.click("#title")
    assert page.evaluate("window.hit") is None
    assert page.evaluate("getComputedStyle(document.getElementById('title')).color") != (
        "rgb(255, 0, 0)"
    )
    assert len([text for text in said if "Content Security Policy" in text]) == 3
    assert page.locator("g.box").count() > 5
    context.close()


def test_a_further_script_is_hashed_too(tmp_path: Path, open_file: Callable[..., Any]) -> None:
    data = payload(inceptionspec.load("inception_v1").loaded)
    file = tmp_path / "page.html"
    file.write_text(page_text(data, scripts=["window.hit = 7;"], connect=True), encoding="utf-8")
    page = open_file(file)
    assert page.evaluate("window.hit") == 7
    assert "connect-src 'self'" in file.read_text()
    with pytest.raises(ValueError, match="must not hold"):
        page_text(data, scripts=["'</script>'"])
