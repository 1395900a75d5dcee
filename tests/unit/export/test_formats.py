"""The table of formats, and what is refused before any weight is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import loaded

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.export.export import ExportOptions, check_export
from inceptionspec.export.formats import FORMATS, companions, format_of
from inceptionspec.quantization.lowering import Lowering

PLACE = external("-o out")


@pytest.mark.parametrize("name", FORMATS)
def test_a_suffix_chooses_the_format(name: str) -> None:
    file = f"folder/v3{FORMATS[name].suffix}"
    assert format_of(file, None, PLACE) == name
    assert companions(file, name)[-1].endswith(
        FORMATS[name].companions[-1] if FORMATS[name].companions else FORMATS[name].suffix
    )


def test_a_format_is_told_whatever_the_suffix() -> None:
    assert format_of("folder", "savedmodel", PLACE) == "savedmodel"
    assert format_of("v3.savedmodel/", None, PLACE) == "savedmodel"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("v3.onx", "did you mean `v3.onnx`?"),
        ("v3.kears", "did you mean `v3.keras`?"),
        ("v3.h5", "did you mean `v3.weights.h5`?"),
        ("v3", "`--format savedmodel`"),
        ("v3.exe", "`--format savedmodel`"),
    ],
)
def test_an_unknown_suffix(file: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        format_of(file, None, PLACE)
    (finding,) = caught.value.findings
    assert finding.code == "E0804"
    assert any(words in help_ for help_ in finding.helps)


def refused(file: Path | str, network: str = "inception_v3", **options: Any) -> Any:
    with pytest.raises(SpecError) as caught:
        check_export(loaded(network), str(file), ExportOptions(**options), PLACE)
    return caught.value.findings[0]


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.trainable])
def test_a_trainable_format_takes_no_rewritten_network(tmp_path: Path, name: str) -> None:
    if name == "savedmodel":
        return
    finding = refused(tmp_path / f"t{FORMATS[name].suffix}", optimized=True)
    assert finding.code == "E0718"
    assert finding.message.startswith("`--optimized` does not go with")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "onnx"])
def test_only_onnx_computes_in_int8(tmp_path: Path, name: str) -> None:
    finding = refused(tmp_path / f"t{FORMATS[name].suffix}", lowering=Lowering("int8"))
    assert finding.code == "E0718"
    assert finding.helps == ("leave it out, or export to `.onnx`",)


def test_int8_is_rewritten_by_itself(tmp_path: Path) -> None:
    finding = refused(tmp_path / "t.onnx", optimized=True, lowering=Lowering("int8"))
    assert finding.code == "E0718"
    assert finding.message.endswith("does not go with `--precision int8`")


def test_options_that_make_no_sense(tmp_path: Path) -> None:
    assert refused(tmp_path / "t.safetensors", outputs="Mixed_5b").code == "E0718"
    assert refused(tmp_path / "t.keras", batch=3).code == "E0718"
    assert refused(tmp_path / "t.onnx", batch=0).code == "E0805"
    assert refused(tmp_path / "t.onnx", outputs="Mixed_9z").code == "E0806"
    text = "{spec: 1, name: t, input: {size: 4x4}, network: [{op: flatten}]}\n"
    assert refused(tmp_path / "t.onnx", text, preprocessing_inside=True).code == "E0718"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere" / "t.onnx").code == "E0803"
    (tmp_path / "t.onnx").mkdir()
    assert refused(tmp_path / "t.onnx").code == "E0803"
    (tmp_path / "t.savedmodel").write_text("")
    assert refused(tmp_path / "t.savedmodel" / "x.onnx").code == "E0803"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("")
    assert "something else" in refused(tmp_path / "full", form="savedmodel").message


def test_weights_of_something_else_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "net.weights.h5").write_text("someone's")
    found = refused(tmp_path / "net.py")
    assert found.code == "E0803"
    assert "net.weights.h5` exists" in found.message
