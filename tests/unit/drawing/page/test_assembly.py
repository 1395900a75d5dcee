"""The page is made of its own scripts, which put no text in as markup."""

from __future__ import annotations

import re
from pathlib import Path

import inceptionspec
from inceptionspec.drawing.page import page_text
from inceptionspec.drawing.page.assembly import SCRIPTS


def test_scripts_put_no_text_in_as_markup_and_reach_nothing() -> None:
    text = page_text({"name": ""})
    script = text[text.rindex("<script>") :]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource",
                 "localStorage", "http:", "https:"):  # fmt: skip
        assert word not in script.replace("http://www.w3.org/2000/svg", ""), word
    assert not re.search(r"\son\w+=", text[: text.index("<style>")])
    assert "style=" not in text


def test_every_script_is_in_the_page() -> None:
    folder = Path(inceptionspec.__file__).parent / "drawing" / "page" / "scripts"
    assert sorted(SCRIPTS) == sorted(path.stem for path in folder.glob("*.js"))
