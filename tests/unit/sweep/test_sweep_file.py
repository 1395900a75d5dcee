"""The file of a sweep is checked as a spec is, and means what options mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.reports.findings.full import full
from inceptionspec.sweep.knobs import parse_setting
from inceptionspec.sweep.records import Objective
from inceptionspec.sweep.request import Options, make_request
from inceptionspec.sweep.sweep_file import read_sweep

GOOD = """\
sweep: 1
name: slimmer
spec: inception_v3
vary:
  width: [0.5, 0.75, 1]
  input: 224..299:75
  Mixed_6b.filters_7: [96, 128]
  classes: 10
sample: 5
seed: 3
where: macs < 2G
front: [macs, "field:max"]
sort: params
top: all
digests: true
"""


def findings(text: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        make_request(Source("s.yaml", text), Options())
    return [one.code for one in error.value.findings]


def test_a_file_says_what_options_say() -> None:
    request = make_request(Source("s.yaml", GOOD), Options())
    knobs = {knob.name: knob.values for knob, _ in request.knobs}
    assert knobs == {
        "width": ("0.5", "0.75", "1"),
        "input": ("224", "299"),
        "Mixed_6b.filters_7": ("96", "128"),
        "classes": ("10",),
    }
    assert (request.method, request.amount, request.seed) == ("sample", 5, 3)
    assert request.where == "macs < 2G"
    assert request.objectives == (Objective("macs"), Objective("field", most=True))
    assert (request.sort, request.top, request.documents) == (Objective("params"), None, True)


def test_options_win_over_the_file() -> None:
    options = Options(
        vary=[parse_setting("dropout=0.5")], evolve=7, seed=9, where="params < 1G", top="3"
    )
    request = make_request(Source("s.yaml", GOOD), options)
    assert [knob.name for knob, _ in request.knobs][-1] == "dropout"
    assert (request.method, request.amount, request.seed) == ("evolution", 7, 9)
    assert (request.where, request.top) == ("params < 1G", 3)


def test_a_path_is_relative_to_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "mine.yaml").write_text("{spec: 1, extends: inception_v1, name: mine}\n")
    path = folder / "s.yaml"
    path.write_text("sweep: 1\nspec: mine.yaml\nvary: {width: 0.5, spec: [mine.yaml]}\n")
    assert read_sweep(Source("s.yaml", path.read_text(), path)).spec == str(folder / "mine.yaml")
    request = make_request(str(path), Options())
    assert [base.texts.name for base in request.bases] == ["mine"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("sweep: 1", "sweep: 2"), "E0207"),
        (("spec: inception_v3\n", ""), "E0204"),
        (("where:", "were:"), "E0202"),
        (("sample: 5", "sample: none"), "E0205"),
        (("sample: 5", "sample: 5\nevolve: 5"), "E0210"),
        (("sample: 5", "sample: 0"), "E0205"),
        (("  input: 224..299:75", "  inptu: 224"), "E0930"),
        (("[0.5, 0.75, 1]", "0.5..1"), "E0931"),
        (("[0.5, 0.75, 1]", "[]"), "E0205"),
        (("macs < 2G", "macs <"), "E0946"),
        (("[macs, ", "[mcas, "), "E0806"),
        (("sort: params", "sort: size"), "E0806"),
        (("inception_v3", "inception_v33"), "E0801"),
    ],
)
def test_each_fault_is_a_finding_at_its_place(change: tuple[str, str], code: str) -> None:
    assert change[0] in GOOD
    assert findings(GOOD.replace(*change)) == [code]


@pytest.mark.parametrize("name", ["inception_v33", "nothere.yaml"])
def test_a_base_that_is_not_there_is_a_finding_at_its_name(name: str) -> None:
    with pytest.raises(SpecError) as error:
        make_request(
            Source("s.yaml", GOOD.replace("spec: inception_v3", f"spec: {name}")), Options()
        )
    (found,) = error.value.findings
    assert f"spec: {name}\n" in full([found])
    assert "named here" in full([found])
    with pytest.raises(SpecError) as error:
        make_request("squeezenet", Options((parse_setting(f"spec=squeezenet,{name}"),)))
    assert f"--> --vary spec=squeezenet,{name}\n" in full(error.value.findings)


def test_conditions_that_are_empty_are_a_finding() -> None:
    with pytest.raises(SpecError, match="E0946"):
        make_request("squeezenet", Options((parse_setting("width=1"),), where=""))


def test_a_finding_shows_the_line() -> None:
    text = GOOD.replace("  Mixed_6b.filters_7: [96, 128]", "  Mixed_6b.filter_7: [96, 128]")
    with pytest.raises(SpecError) as error:
        make_request(Source("s.yaml", text), Options())
    assert full(error.value.findings) == (
        "error[E0930]: `InceptionV3` has no knob `Mixed_6b.filter_7`\n"
        " --> s.yaml:7:22\n"
        "  |\n"
        "7 |   Mixed_6b.filter_7: [96, 128]\n"
        "  |                      ^^^^^^^^^\n"
        "  |\n"
        "  = help: did you mean `Mixed_6b.filters_7`?\n"
        "  = note: `Mixed_6b` has `filters_7`\n"
    )


@pytest.mark.parametrize(
    ("line", "changed", "code", "marked"),
    [
        ("  width: [0.5, 0.75, 1]", "  width: [0.5, wide, 1]", "E0931", "wide"),
        ("  width: [0.5, 0.75, 1]", "  width: [0.5, 1..0.5:1]", "E0931", "1..0.5:1"),
        ("  width: [0.5, 0.75, 1]", "  width: [0.5, ' ']", "E0931", "' '"),
        ("  width: [0.5, 0.75, 1]", "  width: [0.5, [1]]", "E0205", "[1]"),
        ("  width: [0.5, 0.75, 1]", "  move: [none, no-move]", "E0806", "no-move"),
        ("  width: [0.5, 0.75, 1]", "  move: [none, separable@x]", "E0806", "separable@x"),
        ("  width: [0.5, 0.75, 1]", "  spec: [inception_v3, no_net]", "E0801", "no_net"),
        ('front: [macs, "field:max"]', "front: [macs, mcas]", "E0806", "mcas"),
        ('front: [macs, "field:max"]', "front: [macs, 3]", "E0205", "3"),
        ('front: [macs, "field:max"]', "front: mcas", "E0806", "mcas"),
        ("sort: params", "sort: parms", "E0806", "parms"),
    ],
)  # fmt: skip
def test_the_mark_is_at_the_value_that_is_wrong(
    line: str, changed: str, code: str, marked: str
) -> None:
    assert line in GOOD
    with pytest.raises(SpecError) as error:
        make_request(Source("s.yaml", GOOD.replace(line, changed)), Options())
    (found,) = error.value.findings
    assert found.code == code
    span = found.primary.span
    text = GOOD.replace(line, changed).splitlines()[span.line - 1]
    assert text[span.column - 1 : span.end_column - 1] == marked


def test_an_option_that_is_wrong_is_shown_as_the_option() -> None:
    with pytest.raises(SpecError) as error:
        make_request(Source("s.yaml", GOOD), Options(front=["macs", "mcas"]))
    assert error.value.findings[0].primary.span.source.name == "--front mcas"


def test_a_sweep_without_anything_to_vary() -> None:
    with pytest.raises(SpecError) as error:
        make_request("inception_v3", Options())
    assert error.value.findings[0].code == "E0931"
    assert findings("sweep: 1\nspec: inception_v3\nvary: {}\n") == ["E0205"]
