"""Files of values: what is read back as it was written, and what is refused with which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import inceptionspec
from inceptionspec.analysis.layer_values import (
    LayerValues,
    check_layer_values,
    identity_of_spec,
    layer_values_text,
    parse_layer_values,
    read_layer_values,
    write_layer_values,
)
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError


@pytest.fixture(scope="module")
def v1() -> Network:
    return inceptionspec.load("inception_v1")


@pytest.fixture
def values(v1: Network) -> LayerValues:
    return LayerValues(
        identity_of_spec(v1.loaded), "ms", {"Conv2d_1a_7x7": 1.5, "Mixed_3b/concat": 2.0}
    )


def _findings(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        parse_layer_values(text, "times.json")
    assert caught.value.exit_code == 2
    return caught.value.findings


def _changed(values: LayerValues, **changes: object) -> str:
    return json.dumps({**json.loads(layer_values_text(values)), **changes})


def test_what_is_written_is_read_back(v1: Network, values: LayerValues, tmp_path: Path) -> None:
    file = str(tmp_path / "times.json")
    write_layer_values(values, file)
    assert read_layer_values(file, v1.loaded) == values
    assert Path(file).read_text().startswith('{\n  "layers": {\n    "Conv2d_1a_7x7": 1.5,')
    assert json.loads(Path(file).read_text())["schema"] == "inceptionspec.values/1"


def test_whole_numbers_are_numbers(v1: Network, values: LayerValues) -> None:
    assert (
        parse_layer_values(_changed(values, layers={"Conv2d_1a_7x7": 2})).layers["Conv2d_1a_7x7"]
        == 2
    )


def test_fields_of_later_versions_are_left_alone(values: LayerValues) -> None:
    assert parse_layer_values(_changed(values, device="cpu")) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the values are not JSON: expecting value"),
        ("{", "the values are not JSON: expecting property name enclosed in double quotes"),
        ("[" * 100_000, "the values are not JSON that can be read: it nests too deep"),
        ("[]", "the file is not `inceptionspec.values/1`"),
        ('{"schema": 1}', "the file is not `inceptionspec.values/1`"),
        (
            '{"schema": "inceptionspec.summary/1"}',
            "the file is not `inceptionspec.values/1`, but `inceptionspec.summary/1`",
        ),
        ('{"a": 1, "a": 2}', "`a` appears twice in one object"),
    ],
)
def test_what_is_no_file_of_values(text: str, message: str) -> None:
    (finding,) = _findings(text)
    assert (finding.code, finding.message) == ("E0811", message)
    assert finding.primary.span.source.name == "times.json"


def test_broken_json_is_shown_at_its_place() -> None:
    (finding,) = _findings('{\n  "schema": nothing\n}')
    assert finding.primary.span[1:3] == (2, 13)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spec": None}, "`spec` must hold the text `name`"),
        ({"spec": {"name": "a", "path": "b"}}, "`spec` must hold the text `network`"),
        ({"unit": 3}, "`unit` must be a text of at most 40 characters"),
        ({"unit": "x" * 41}, "`unit` must be a text of at most 40 characters"),
        ({"layers": {}}, "`layers` must hold a number for at least one path"),
        ({"layers": [1]}, "`layers` must hold a number for at least one path"),
        ({"layers": {"a": "1"}}, "the value of `a` is not a number, but the text `1`"),
        ({"layers": {"a": True}}, "the value of `a` is not a number, but `true`"),
        ({"layers": {"a": None}}, "the value of `a` is not a number, but empty"),
        ({"layers": {"a": float("nan")}}, "the value of `a` is not finite"),
        ({"layers": {"a": float("inf")}}, "the value of `a` is not finite"),
        ({"layers": {"a": 10**400}}, "the value of `a` is not finite"),
    ],
)
def test_each_fault_has_its_words(
    values: LayerValues, changes: dict[str, object], message: str
) -> None:
    (finding,) = _findings(_changed(values, **changes))
    assert (finding.code, finding.message) == ("E0811", message)


def test_an_integer_of_many_digits_is_no_crash(values: LayerValues) -> None:
    text = layer_values_text(values).replace("1.5", "9" * 10_000)
    assert _findings(text)[0].message == "the value of `Conv2d_1a_7x7` is not finite"


def test_all_faults_are_told_at_once(values: LayerValues) -> None:
    found = _findings(_changed(values, unit=None, layers={"a": "1", "b": None}))
    assert len(found) == 3


def test_values_of_another_document(values: LayerValues) -> None:
    other = inceptionspec.load("inception_v1", classes=10)
    with pytest.raises(SpecError) as caught:
        check_layer_values(values, other.loaded, "times.json")
    (finding,) = caught.value.findings
    assert finding.code == "E0812"
    assert finding.message == "the values are of another document than `InceptionV1`"
    assert "with the same options" in finding.helps[0]
    assert values.spec.document[:16] in finding.notes[1]


def test_values_of_the_same_network_under_other_names(v1: Network, values: LayerValues) -> None:
    renamed = values.spec._replace(document="0" * 64)
    with pytest.raises(SpecError) as caught:
        check_layer_values(LayerValues(renamed, "ms", values.layers), v1.loaded)
    assert "both compute the same" in caught.value.findings[0].notes[0]


def test_a_path_that_is_none(v1: Network, values: LayerValues) -> None:
    wrong = LayerValues(values.spec, "ms", {"Mixed_3b/conct": 1.0})
    with pytest.raises(SpecError) as caught:
        check_layer_values(wrong, v1.loaded)
    (finding,) = caught.value.findings
    assert finding.code == "E0812"
    assert finding.message == "the values name `Mixed_3b/conct`, which is no layer of the network"
    assert finding.helps == ("did you mean `Mixed_3b/concat`?",)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, "E0802", "there is no file"),
        (b"\xff\xfe\x00", "E0811", "not UTF-8"),
        (b" " * ((1 << 24) + 1), "E0811", "at most 16,777,216 bytes"),
    ],
)
def test_a_file_that_cannot_be_read(
    v1: Network, tmp_path: Path, content: bytes | None, code: str, words: str
) -> None:
    file = tmp_path / "times.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_layer_values(str(file), v1.loaded)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert words in finding.message


def test_a_place_that_takes_no_file(values: LayerValues, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        write_layer_values(values, str(tmp_path / "none" / "times.json"))
    assert caught.value.findings[0].code == "E0803"


# Layers that are shown together


def test_together(values: LayerValues) -> None:
    paths = ["Conv2d_1a_7x7", "Mixed_3b/concat", "Logits/Dropout_0b"]
    assert values.together(paths) == 3.5
    assert values.together(["Logits/Dropout_0b"]) is None
    weighted = LayerValues(values.spec, "%", values.layers, {paths[0]: 3.0, paths[1]: 1.0})
    assert weighted.together(paths) == (3 * 1.5 + 2.0) / 4
    nothing = LayerValues(values.spec, "%", values.layers, {paths[0]: 0.0, paths[1]: 0.0})
    assert nothing.together(paths) is None


def test_weights_are_read_back(v1: Network, values: LayerValues, tmp_path: Path) -> None:
    weighted = LayerValues(values.spec, "%", values.layers, dict.fromkeys(values.layers, 2.0))
    file = str(tmp_path / "shares.json")
    write_layer_values(weighted, file)
    assert read_layer_values(file, v1.loaded) == weighted


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "`weights` must hold a number for each path of `layers`, and for no other"),
        ({"A": 1}, "`weights` must hold a number for each path of `layers`, and for no other"),
        (
            {"Conv2d_1a_7x7": "x", "Mixed_3b/concat": 1},
            "the weight of `Conv2d_1a_7x7` is not a number, but the text `x`",
        ),
        (
            {"Conv2d_1a_7x7": -1, "Mixed_3b/concat": 1},
            "the weight of `Conv2d_1a_7x7` is below 0",
        ),
    ],
)
def test_weights_that_are_none(values: LayerValues, weights: object, message: str) -> None:
    [finding] = _findings(_changed(values, weights=weights))
    assert (finding.code, finding.message) == ("E0811", message)
