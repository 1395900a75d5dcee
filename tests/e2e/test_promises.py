"""The promises about what a spec cannot do; docs/robustness.md says which test holds which."""

from __future__ import annotations

import html.parser
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile import ACTS, INERT
from support import ROOT

from inceptionspec import load

WATCHED = ROOT / "tests" / "helpers" / "watched.py"

# 1 and 2: executes nothing, opens and writes nothing else


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict]:
    """What an audit hook saw in each of three commands over the whole corpus."""
    running = {}
    for command in ("check", "summary", "render"):
        folder = tmp_path_factory.mktemp(command)
        line = [sys.executable, str(WATCHED), command, str(folder)]
        running[command] = subprocess.Popen(line, stdout=subprocess.PIPE, cwd=folder)
    return {command: json.loads(one.communicate()[0]) for command, one in running.items()}


@pytest.mark.parametrize("command", ["check", "summary", "render"])
def test_a_spec_executes_opens_and_writes_nothing(command: str, watched: dict) -> None:
    seen = watched[command]
    assert seen["wrong"] == []
    assert len(seen["codes"]) >= 100
    assert set(seen["codes"].values()) <= {0, 1, 2}
    assert seen["seen"]["open"] >= 100
    # What is forbidden would have been noticed.
    bait = " ".join(seen["bait"])
    for word in ("compile: <string>", "exec: <string>", "written: ", "os.system"):
        assert word in bait


def test_the_engine_is_the_only_process(watched: dict) -> None:
    assert "subprocess.Popen" not in {**watched["check"]["seen"], **watched["summary"]["seen"]}
    assert watched["render"]["seen"]["subprocess.Popen"] >= len(INERT)


# 6: output is inert


@pytest.fixture(params=INERT, ids=lambda path: path.stem)
def hostile(request: pytest.FixtureRequest) -> Path:
    return request.param


class Tags(html.parser.HTMLParser):
    """Collects elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_notebooks_get_an_image_and_a_table_and_nothing_else(hostile: Path) -> None:
    found = Tags()
    found.feed(load(str(hostile))._repr_html_())
    assert found.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td", "br",
                          "picture", "source", "img", "details", "summary"}  # fmt: skip
    # The diagram is an image for each theme, in which nothing could run, from no other place.
    images = [value for name, value in found.attributes if name in ("src", "srcset")]
    assert len(images) == 2
    assert all(image.startswith("data:image/svg+xml;base64,") for image in images)
    assert {name for name, _ in found.attributes} == {"alt", "media", "src", "srcset", "style"}
    (media,) = (value for name, value in found.attributes if name == "media")
    assert media == "(prefers-color-scheme: dark)"
    (style,) = (value for name, value in found.attributes if name == "style")
    assert style == "max-width: 100%; height: auto"


def elements(svg: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for element in ElementTree.fromstring(svg).iter():
        yield str(element.tag).rpartition("}")[2], element.attrib


def test_drawings_hold_no_script_no_handler_and_no_link(hostile: Path) -> None:
    svg = load(str(hostile)).render()
    for tag, attributes in elements(svg):
        assert tag in ("svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline")
        for name, value in attributes.items():
            short = name.rpartition("}")[2].lower()
            assert not short.startswith("on")
            assert short not in ("href", "src", "style", "action")
            assert "javascript" not in value
    assert "<!ENTITY" not in svg
    assert "<?xml-stylesheet" not in svg
    assert not ACTS.search(svg.replace("\n", ""))


def test_the_name_is_drawn_as_it_stands(hostile: Path) -> None:
    """Letter for letter, but for white space, what cannot be seen, and what is cut short."""
    network = load(str(hostile))
    root = ElementTree.fromstring(network.render())
    drawn = {"".join(text.itertext()).replace("\xa0", " ").strip() for text in root.iter()}
    shown = "".join(
        one if one.isprintable() else "\ufffd" for one in " ".join(network.name.split())
    )
    beginning = shown[:60].strip()
    assert any(text.startswith(beginning) for text in drawn), (beginning, drawn)


# 7: there is no escape hatch
