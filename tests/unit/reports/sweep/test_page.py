"""What the page and the plot of a sweep hold: its rows, its front, differences as diff has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import SMALL, Made, sweep_of

import inceptionspec
from inceptionspec.analysis.diff.compare import compare
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.sweep_page import SCRIPTS, sweep_page_text
from inceptionspec.reports.diff.text import to_text
from inceptionspec.reports.sweep import page
from inceptionspec.reports.sweep.outputs import Outputs
from inceptionspec.reports.sweep.page import difference_data, payload
from inceptionspec.reports.sweep.quantities import QUANTITIES
from inceptionspec.reports.sweep.scatter import scatter_of, write_scatter
from inceptionspec.sweep.knobs import parse_setting
from inceptionspec.sweep.records import FIGURES
from inceptionspec.sweep.request import Options, make_request

PLACE = external("--plot front.svg")


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return str(file)


def sweep(small: str, *objectives: str) -> Made:
    return sweep_of([small], ("width=0.5,0.75,1", "Pair.wide=8..32:8", "input=32,64"), objectives)


def test_every_figure_has_words_and_a_unit() -> None:
    assert set(QUANTITIES) == set(FIGURES)


def test_the_rows_of_the_page_are_those_of_the_sweep(small: str) -> None:
    made = sweep(small, "macs", "params:max")
    data = payload(made.swept, made.bases, made.writer)
    rows = data["rows"]
    variants = {variant.number: variant for variant in made.swept.variants if variant.is_row}
    assert rows["number"] == list(variants)
    for at, variant in enumerate(variants.values()):
        values = [
            knob["values"][column[at]]
            for knob, column in zip(data["knobs"], rows["knobs"], strict=True)
        ]
        assert values == list(variant.values.values())
        for figure, column in zip(data["figures"], rows["figures"], strict=True):
            assert column[at] == variant.figure(figure["id"])
    assert {rows["number"][at] for at in rows["front"]} == made.swept.on_front
    axes = [data["figures"][data["axes"][axis]] for axis in "xy"]
    assert [(axis["id"], axis["most"]) for axis in axes] == [("macs", False), ("params", True)]
    assert data["axes"]["z"] == -1
    assert data["line"] == f"{data['axes']['x']},{data['axes']['y']}"
    assert data["omitted"] == 0


def test_a_third_objective_is_the_color_and_the_front_no_line(small: str) -> None:
    made = sweep(small, "macs", "params:max", "memory")
    data = payload(made.swept, made.bases, made.writer)
    assert data["figures"][data["axes"]["z"]]["id"] == "memory"
    assert data["line"] == ""
    drawn = scatter_of(made.swept, PLACE)
    assert drawn.z is not None
    assert not drawn.line
    assert all(point[2] is not None for point in drawn.points)


def test_details_are_the_spec_and_what_diff_says(small: str) -> None:
    made = sweep(small, "macs", "params:max")
    data = payload(made.swept, made.bases, made.writer)
    assert set(data["details"]) == {str(number) for number in made.swept.on_front}
    number, found = next(iter(data["details"].items()))
    variant = next(one for one in made.swept.front if str(one.number) == number)
    spec = next(s for s in made.writer.specs(made.swept.front).specs if s.variant is variant)
    assert (found["file"], found["text"]) == (spec.file, spec.text)
    text = to_text(compare(made.bases[0].loaded, made.writer.load(spec)))
    flat = " ".join(text.split())
    for section in found["difference"]["sections"]:
        assert section["title"] in text
        for item in section["items"]:
            assert item["facts"] in flat
    for table in found["difference"]["tables"]:
        for row in table["rows"]:
            assert " ".join(row) in flat


def test_a_page_of_very_many_rows_has_some_of_them_and_all_of_the_front(
    small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_ROWS", 5)
    monkeypatch.setattr(page, "MOST_DETAILS", 2)
    made = sweep(small, "macs", "params:max")
    data = payload(made.swept, made.bases, made.writer)
    shown = set(data["rows"]["number"])
    assert made.swept.on_front <= shown
    assert len(shown) + data["omitted"] == made.swept.counts.rows
    assert data["omitted"] > 0
    assert len(data["details"]) == 2


def test_details_end_where_their_room_does(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_DETAIL_BYTES", 100)
    made = sweep(small, "macs", "params:max")
    assert payload(made.swept, made.bases, made.writer)["details"] == {}


def test_sections_of_a_difference_are_plain_data() -> None:
    base, other = inceptionspec.load(SMALL), inceptionspec.load(SMALL, width=0.5)
    data = difference_data(compare(base.loaded, other.loaded))
    assert any("filters 32 -> 16" in item["facts"] for item in data["sections"][0]["items"])
    assert data["tables"][0]["columns"] == ["figure", "old", "new", "difference", "%"]


def test_nothing_to_draw_is_a_finding(small: str) -> None:
    made = sweep_of([small], ("input=any",), ("macs", "params"))
    with pytest.raises(SpecError) as caught:
        scatter_of(made.swept, PLACE)
    (found,) = caught.value.findings
    assert found.code == "E0940"


def test_a_lone_objective_is_drawn_against_parameters(small: str, tmp_path: Path) -> None:
    made = sweep(small, "macs")
    drawn = scatter_of(made.swept, PLACE)
    assert (drawn.x.title, drawn.y.title, drawn.line) == ("MACs", "parameters", False)
    file = tmp_path / "front.svg"
    write_scatter(made.swept, str(file), "dark")
    assert "Small: " in file.read_text(encoding="utf-8")


def test_scripts_put_no_text_in_as_markup_and_reach_nothing() -> None:
    text = sweep_page_text({"name": "</script><b>"})
    script = text[text.rindex("<script>") :]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource",
                 "localStorage", "http:", "https:"):  # fmt: skip
        assert word not in script.replace("http://www.w3.org/2000/svg", ""), word
    assert "<b>" not in text
    assert "style=" not in text
    folder = Path(inceptionspec.__file__).parent / "drawing" / "sweep_page" / "scripts"
    assert sorted(SCRIPTS) == sorted(path.stem for path in folder.glob("*.js"))


def test_two_outputs_of_one_name_are_refused(small: str, tmp_path: Path) -> None:
    request = make_request(small, Options((parse_setting("width=0.5"),), out=str(tmp_path / "all")))
    same = str(tmp_path / "x" / ".." / "all.html")
    for outputs in (
        Outputs(specs=f"{tmp_path}/all"),
        Outputs(page=same, specs=f"{tmp_path}/all.html"),
    ):
        with pytest.raises(SpecError, match=r"`--.*` and `--specs` both name") as caught:
            outputs.refuse(request)
        assert caught.value.findings[0].code == "E0803"
    Outputs(page=f"{tmp_path}/all.html", specs=f"{tmp_path}/front").refuse(request)
