"""`specbuild import`: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from keras_models import draw, functional, image, layer, write_h5, write_json, write_keras

import inceptionspec
from inceptionspec.cli.program import run
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights

LAYERS = (
    image(32, 32, 3, name="pictures"),
    layer("Conv2D", "stem", "pictures", filters=4, kernel_size=[3, 3], padding="same"),
    layer("BatchNormalization", "stem_bn", "stem", axis=-1),
    layer("ReLU", "stem_relu", "stem_bn"),
    layer("RandomFlip", "flip", "stem_relu", mode="horizontal"),
    layer("GlobalAveragePooling2D", "pool", "flip"),
    layer("Dense", "classes", "pool", units=5, activation="softmax"),
)
ARRAYS = draw(
    {
        "stem": {"kernel": (3, 3, 3, 4), "bias": (4,)},
        "stem_bn": dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (4,)),
        "classes": {"kernel": (4, 5), "bias": (5,)},
    }
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_keras(tmp_path, functional(*LAYERS, name="small"), ARRAYS)
    return tmp_path


def said(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(["import", *line.split()])
    return code, *capsys.readouterr()


def test_it_says_what_became_of_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said("model.keras -o a.yaml --weights a.safetensors", capsys)
    assert (code, err) == (0, "")
    lines = len(Path("a.yaml").read_text().splitlines())
    assert out == (
        "network    small\n"
        "read       model.keras: 5 layers\n"
        f"spec       4 layers in {lines} lines\n"
        "names      3 of 3 layers as in the source\n"
        "note       `flip`: `RandomFlip` works in training alone, and is left out\n"
        "wrote      a.yaml\n"
        "wrote      a.safetensors (8 arrays, 153 parameters)\n"
    )


def test_the_spec_and_the_weights_belong_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("model.keras -o a.yaml --weights a.safetensors", capsys)[0] == 0
    network = inceptionspec.load("a.yaml")
    assert not network.check().findings
    file = open_weights("a.safetensors", external("a"))
    needed = {
        f"{node.path}/{weight.name}": weight.shape
        for node in network.graph.nodes
        for weight in node.weights
    }
    assert {name: tensor.shape for name, tensor in file.tensors.items()} == needed
    (kernel,) = (name for name in needed if name.endswith("stem/kernel"))
    assert (file.read([kernel])[kernel] == ARRAYS["stem"]["kernel"]).all()


def test_python_gives_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said("model.keras -o a.yaml", capsys)
    found = inceptionspec.import_model("model.keras")
    assert out == f"{found.to_text()}wrote      a.yaml\n"
    assert Path("a.yaml").read_text() == found.text
    assert found.notes == ("`flip`: `RandomFlip` works in training alone, and is left out",)
    found.save("b.yaml", "b.safetensors")
    assert Path("b.yaml").read_text() == found.text
    assert set(found.arrays()) == set(found.arrays())
    assert len(found.arrays()) == 8


def test_json_has_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said("model.keras -o a.yaml --json", capsys)
    data = json.loads(out)
    assert (code, data["schema"], data["source"]) == (0, "inceptionspec.import/1", "model.keras")
    assert set(data["names"]) == {"stem", "stem_bn", "stem_relu", "pool", "classes"}
    assert data["names"]["stem"] == data["names"]["stem_bn"]
    assert (data["builtin"], data["varies"], data["files"]) == (None, False, ["a.yaml"])
    assert data["layers"] == {"source": 5, "spec": 4}
    assert data["lines"] == Path("a.yaml").read_text().count("\n")


def test_the_network_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("model.keras -o a.yaml --name Mine", capsys)[1].startswith("network    Mine\n")
    assert inceptionspec.load("a.yaml").name == "Mine"


def test_a_model_without_weights_has_none_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(folder, functional(*LAYERS))
    assert said("model.json -o a.yaml", capsys)[0] == 0
    code, out, err = said("model.json -o b.yaml --weights b.safetensors", capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error[E0724]: the source has no weights to write\n")
    assert not Path("b.yaml").exists()
    assert not Path("b.safetensors").exists()


USAGE = [
    ("model.keras -o a.txt", "E0804", "write `a.yaml`"),
    ("model.keras -o a.yaml --weights a.npz", "E0804", "write `a.safetensors`"),
    ("model.keras -o model.keras", "E0803", "would be lost"),
    ("model.keras -o no/a.yaml", "E0803", "no"),
    ("model.keras -o a.yaml --weights a.yaml", "E0804", "write `a.safetensors`"),
    ("keras:ResNet51 -o a.yaml", "E0806", "did you mean `ResNet50`"),
    ("keras:__import__ -o a.yaml", "E0806", "`keras:InceptionV3`"),
    ("model.keras", "E0810", "`--output` is missing"),
]


@pytest.mark.parametrize(("line", "finding", "words"), USAGE)
def test_wrong_usage_is_told_before_anything_is_read(
    line: str, finding: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(os.listdir())
    code, out, err = said(line, capsys)
    assert (code, out) == (2, "")
    assert f"error[{finding}]" in err
    assert words in err
    assert sorted(os.listdir()) == before


def _text(folder: Path) -> str:
    (folder / "notes.txt").write_text("hello")
    return "notes.txt"


def _page(folder: Path) -> str:
    folder.joinpath("net.onnx").write_text("<!DOCTYPE html>\n<p>Sign in")
    return "net.onnx"


def _notes(folder: Path) -> str:
    folder.joinpath("net.onnx").write_text("hello, a text of some words")
    return "net.onnx"


def _litert(folder: Path) -> str:
    folder.joinpath("net.tflite").write_bytes(b"\x1c\0\0\0TFL3\0\0")
    return "net.tflite"


def _weights(folder: Path) -> str:
    folder.joinpath("w.npz").write_bytes(b"\x93NUMPY")
    return "w.npz"


def _empty(folder: Path) -> str:
    folder.joinpath("x.keras").write_bytes(b"")
    return "x.keras"


def _truncated(folder: Path) -> str:
    data = folder.joinpath("model.keras").read_bytes()
    folder.joinpath("cut.keras").write_bytes(data[: len(data) // 2])
    return "cut.keras"


def _misfit(folder: Path) -> str:
    write_h5(folder, functional(*LAYERS, keras=2), {**ARRAYS, "classes": {}})
    return "model.h5"


def _lambda(folder: Path) -> str:
    code = ["4wEAAAA=", None, None]
    layers = [*LAYERS, layer("Lambda", "run_me", "classes", function=code)]
    write_json(folder, functional(*layers))
    return "model.json"


BAD: list[tuple[Any, str, str]] = [
    (lambda folder: "nowhere.keras", "E0703", "there is no file `nowhere.keras`"),
    (lambda folder: ".", "E0703", "holds no model that is read"),
    (_text, "E0703", "is text, not a model"),
    (_page, "E0703", "is a web page, not a model"),
    (_notes, "E0703", "is text, not a model"),
    (_litert, "E0703", "is a LiteRT model, not a model of a kind that is read"),
    (_weights, "E0703", "is arrays of NumPy, not a model"),
    (_empty, "E0703", "is an empty file, not a model"),
    (_truncated, "E0703", "it is no zip file"),
    (_misfit, "E0724", "the weight `kernel` is missing: `classes`"),
    (_lambda, "E0721", "holds code of Python, which is never run: `run_me`"),
]


@pytest.mark.parametrize(("make", "finding", "words"), BAD)
def test_a_bad_source_is_a_finding_and_nothing_is_written(
    make: Any, finding: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(folder)
    before = sorted(os.listdir())
    code, out, err = said(f"{source} -o a.yaml --weights a.safetensors", capsys)
    assert (code, out) == (1, "")
    assert f"error[{finding}]" in err
    assert words in " ".join(err.split())
    assert sorted(os.listdir()) == before


def test_what_was_there_stays_where_something_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.yaml").write_text("mine")
    Path("a.safetensors").mkdir()
    assert said("model.keras -o a.yaml --weights a.safetensors", capsys)[0] == 2
    assert Path("a.yaml").read_text() == "mine"
    assert said("model.keras -o a.yaml", capsys)[0] == 0
    assert Path("a.yaml").read_text().startswith("spec: 1\n")
