"""The file of the page: its size, its options, and that it is the same every time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import spec

import inceptionspec
from inceptionspec.analysis.layer_values import LayerValues, identity_of_spec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram.options import ByCost, Options
from inceptionspec.drawing.diagram.view import whole
from inceptionspec.drawing.page import notes
from inceptionspec.drawing.page.opening import opening

MIB = 1 << 20


def written(file: Path) -> dict[str, Any]:
    """The payload of a file."""
    found = re.search(
        '<script id="payload" type="application/json">(.*?)</script>', file.read_text("utf-8")
    )
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize(
    ("name", "bound"), [("inception_v3", 1 * MIB), ("inception_resnet_v2", 2 * MIB)]
)
def test_it_is_small_and_the_same_every_time(tmp_path: Path, name: str, bound: int) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.HTML"
    inceptionspec.load(name).render(str(first))
    inceptionspec.load(name).render(str(second))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < bound / 4  # far below what is allowed


def test_the_payload_holds_every_layer_once(tmp_path: Path) -> None:
    network = inceptionspec.load("inception_resnet_v2")
    file = tmp_path / "a.html"
    network.render(str(file))
    data = written(file)
    assert data["schema"] == "inceptionspec.page/1"
    assert [layer["path"] for layer in data["layers"]] == [n.path for n in network.graph.nodes]

    found: list[int] = []
    waiting: list[Any] = [*data["trunk"], *data["heads"]]
    while waiting:
        item = waiting.pop()
        if isinstance(item, int):
            found.append(item)
        elif "items" in item:
            waiting += item["items"]
        else:
            waiting += [one for branch in item["branches"] for one in branch["items"]]
            waiting.append(item["merge"])
    assert sorted(found) == list(range(len(network.graph.nodes)))


def test_options_are_what_the_page_opens_with(tmp_path: Path) -> None:
    network = inceptionspec.load("inception_v3")
    file = tmp_path / "a.html"
    network.render(str(file))
    assert written(file)["start"] == {
        "fold": "", "direction": "TB", "theme": "", "color_by": "kind", "only": "",
    }  # fmt: skip
    network.render(
        str(file), fold="branches", direction="LR", theme="dark", color_by="macs", only="Mixed_6b"
    )
    assert written(file)["start"] == {
        "fold": "branches", "direction": "LR", "theme": "dark", "color_by": "macs",
        "only": "Mixed_6b",
    }  # fmt: skip
    values = LayerValues(identity_of_spec(network.loaded), "ms", {"Mixed_6b/concat": 1.5})
    network.render(str(file), color_by=values)
    assert written(file)["start"]["color_by"] == "values"
    assert written(file)["values"] == {"unit": "ms", "layers": {"Mixed_6b/concat": 1.5}}


@pytest.mark.parametrize(
    ("options", "theme", "code", "words"),
    [
        (Options(), "print", "E0805", "a page has no theme `print`"),
        (Options(only="Mixed_9"), None, "E0806", "no part `Mixed_9`"),
    ],
)
def test_what_cannot_be_is_refused(options: Options, theme: Any, code: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        opening(whole(inceptionspec.load("inception_v3").graph), options, theme)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert words in finding.message
    assert finding.helps


def test_a_heat_map_of_what_is_open_is_refused() -> None:
    network = inceptionspec.load(spec("- {op: conv, kernel: 3, filters: 4}"), input="any")
    with pytest.raises(SpecError, match="known input size"):
        opening(whole(network.graph), Options(coloring=ByCost("macs")))
    assert (
        opening(whole(network.graph), Options(coloring=ByCost("params")))["start"]["color_by"]
        == "params"
    )


def test_what_has_no_part_in_a_page_is_noted() -> None:
    assert notes(Options()) == ()
    assert notes(Options(collapse_repeats=True), "system") == (
        "a page lays itself out: `--engine system` has no effect",
        "a page draws every repeated block, in a frame that folds",
    )


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    for file in ("no/a.html", "folder.html"):
        with pytest.raises(SpecError) as caught:
            inceptionspec.load("inception_v1").render(str(tmp_path / file))
        assert caught.value.findings[0].code == "E0803"
