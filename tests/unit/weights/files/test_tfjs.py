"""TensorFlow.js models: shards, quantized arrays, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from weight_writer import INNER, OUTER, expected, write_tfjs

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers

PLACE = external("--weights")


def everything(path: Path):
    file = open_weights(str(path), PLACE)
    return file.read(file.tensors)


def reason(path: Path) -> str:
    with pytest.raises(SpecError) as raised:
        everything(path)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join(finding.notes)


@pytest.mark.parametrize("shards", [1, 3, 40])
def test_a_layers_model(tmp_path, shards):
    """Its folder or its JSON; an array may lie across several shards."""
    write_tfjs(tmp_path, shards)
    for path in (tmp_path, tmp_path / "model.json"):
        file = open_weights(str(path), PLACE)
        values = file.read(file.tensors)
        assert list(values) == list(expected())
        for name, array in expected().items():
            np.testing.assert_array_equal(values[name], array)
        assert [layer.name for layer in stored_layers(file)][3:6] == list(INNER)
        assert len(stored_layers(file)) == len(OUTER) + len(INNER)


def test_names_lose_the_models_that_hold_a_layer(tmp_path):
    model = write_tfjs(tmp_path)
    weights = model["weightsManifest"][0]["weights"]
    for weight in weights:
        weight["name"] = f"outer/{weight['name']}:0"
    (tmp_path / "model.json").write_text(json.dumps(model))
    assert list(open_weights(str(tmp_path), PLACE).tensors) == list(expected())


def quantized(folder: Path, dtype: str, numbers, quantization=None) -> Path:
    """A model of one array."""
    data = np.array(numbers)
    (folder / "shard").write_bytes(data.tobytes())
    weight = {"name": "a/b", "shape": list(data.shape), "dtype": dtype}
    if quantization:
        weight["quantization"] = quantization
    model = {"weightsManifest": [{"paths": ["shard"], "weights": [weight]}]}
    (folder / "model.json").write_text(json.dumps(model))
    return folder


@pytest.mark.parametrize(
    ("dtype", "stored", "quantization", "values"),
    [
        ("float32", np.uint8([0, 1, 255]), {"dtype": "uint8", "scale": 0.5, "min": -2},
         np.float32([-2, -1.5, 125.5])),
        ("float32", np.uint16([0, 3, 65535]), {"dtype": "uint16", "scale": 0.1, "min": 0.3},
         np.float32([0.3, 3 * 0.1 + 0.3, 65535 * 0.1 + 0.3])),
        ("float32", np.float16([1.5, -0.1]), {"dtype": "float16"},
         np.float16([1.5, -0.1]).astype("float32")),
        ("int32", np.uint8([0, 1, 3]), {"dtype": "uint8", "scale": 0.5, "min": -1},
         np.int32([-1, 0, 1])),
        ("int32", np.int32([5, -6]), {}, np.int32([5, -6])),
        ("bool", np.array([True, False]), {}, np.array([True, False])),
    ],
)  # fmt: skip
def test_quantized_numbers_are_the_values_that_they_stand_for(
    tmp_path, dtype, stored, quantization, values
):
    file = open_weights(str(quantized(tmp_path, dtype, stored, quantization)), PLACE)
    read = file.read(["a/b"])["a/b"]
    assert file.tensors["a/b"].type == read.dtype.name == dtype
    np.testing.assert_array_equal(read, values)


def test_a_graph_model_lists_no_layers(tmp_path):
    quantized(tmp_path, "float32", np.zeros(2, "f4"))
    model = json.loads((tmp_path / "model.json").read_text())
    model |= {"format": "graph-model", "modelTopology": {"node": [{"op": "Const"}]}}
    (tmp_path / "model.json").write_text(json.dumps(model))
    file = open_weights(str(tmp_path), PLACE)
    assert list(file.tensors) == ["a/b"]
    assert stored_layers(file) == ()


def first(model):
    return model["weightsManifest"][0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: m.pop("weightsManifest"), "it has no weightsManifest"),
        (lambda m: first(m)["paths"].append("absent.bin"), "its file `absent.bin` is missing"),
        (lambda m: first(m)["paths"].append(first(m)["paths"][0]), "twice"),
        (lambda m: first(m)["paths"].pop(), "hold 468 bytes, their list needs 700"),
        (lambda m: first(m)["paths"].append("../secret"), "`../secret` is not in its folder"),
        (lambda m: first(m)["paths"].append("/etc/passwd"), "is not in its folder"),
        (lambda m: first(m)["paths"].append("C:\\x"), "is not in its folder"),
        (lambda m: first(m)["paths"].append("a\\..\\..\\b"), "is not in its folder"),
        (lambda m: first(m)["paths"].append(3), "is not in its folder"),
        (lambda m: first(m)["paths"].append("\0"), "is missing"),
        (lambda m: first(m).update(weights=None), "their list needs 0"),
        (lambda m: first(m)["weights"].append(None), "malformed"),
        (lambda m: first(m)["weights"][0].update(shape=[-1]), "shape of `conv2d_7/kernel`"),
        (lambda m: first(m)["weights"][0].update(shape=[1e3]), "shape of `conv2d_7/kernel`"),
        (lambda m: first(m)["weights"][0].update(shape=[1 << 39, 1 << 39]), "their list needs"),
        (lambda m: first(m)["weights"][0].update(dtype="string"), "holds string"),
        (lambda m: first(m)["weights"][0].update(dtype=["float32"]), "which is not read"),
        (lambda m: first(m)["weights"][0].update(quantization={"dtype": []}), "quantized"),
        (lambda m: first(m)["weights"][0].update(quantization={"dtype": "uint4"}), "quantized"),
        (
            lambda m: first(m)["weights"][0].update(quantization={"dtype": "uint8"}),
            "lacks the scale",
        ),
        (lambda m: first(m)["weights"].append(first(m)["weights"][0]), "two of its arrays"),
        (lambda m: m.update(modelTopology={"config": {"layers": [1]}}), "layers is malformed"),
    ],
)
def test_what_is_wrong_is_a_finding(tmp_path, change, why):
    model = write_tfjs(tmp_path)
    change(model)
    (tmp_path / "model.json").write_text(json.dumps(model))
    assert why in reason(tmp_path)


def test_a_shard_that_is_no_file_is_refused(tmp_path):
    write_tfjs(tmp_path)
    shard = tmp_path / "group1-shard1of3.bin"
    size = shard.stat().st_size
    shard.write_bytes(bytes(size - 1))
    assert "bytes, their list needs" in reason(tmp_path)
    shard.unlink()
    assert "is missing" in reason(tmp_path)
