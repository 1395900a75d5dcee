"""Exported files answer as the spec and the weights that they were made of do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from support import spec

import inceptionspec
from inceptionspec.api.weight_arrays import weight_arrays
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.export.export import ExportOptions, export
from inceptionspec.export.receipt import KEY
from inceptionspec.prediction.exported import exported_format, exported_network
from inceptionspec.prediction.predict import predict
from inceptionspec.weights import DEFAULT_WEIGHT_OPTIONS

PLACE = external("predict")
DRAW = np.random.default_rng(4)
PICTURES = [DRAW.integers(0, 256, (33, 47, 3), dtype=np.uint8) for _ in range(5)]
NETWORK = inceptionspec.loads(
    spec(
        "- {op: conv, name: c, kernel: 3x3, filters: 6, stride: 2, activation: relu, "
        "norm: batch_norm}",
        rest="heads:\n  Logits:\n    from: c\n    predictions: softmax\n    layers:\n"
        "      - {op: global_avg_pool, name: p}\n"
        "      - {op: dense, name: d, units: 4, init: {normal: 20.0}}\n",
    ).replace(
        "channels: 3",
        "channels: 3, preprocessing: {resize: bilinear_tf2, crop: 0.8, channel_order: BGR, "
        "mean: [103.939, 116.779, 123.68], std: [57, 58, 59]}",
    )
)


@pytest.fixture(scope="module")
def weights():
    return NETWORK.to_keras(outputs="Logits")


@pytest.fixture(scope="module")
def values(weights):
    return weight_arrays(NETWORK.loaded, weights, "Logits", DEFAULT_WEIGHT_OPTIONS)


@pytest.fixture(scope="module")
def expected(weights):
    return by_number(NETWORK.predict(PICTURES, weights, top=4))


def by_number(result):
    return [{row.number: row.probability for row in one.rows} for one in result.pictures]


def asked(file, **options):
    return predict([exported_network(str(file), PLACE)], PICTURES, PLACE, top=4, **options)


@pytest.mark.parametrize("suffix", [".onnx", ".tflite", ".savedmodel"])
@pytest.mark.parametrize(
    ("changes", "apart"),
    [
        ({}, 1e-5),
        ({"batch": 2}, 1e-5),
        ({"optimized": True, "outputs": "Predictions"}, 1e-5),
        # What is between two bytes is rounded.
        ({"preprocessing_inside": True}, 0.05),
    ],
)
def test_a_file_answers_as_its_source(tmp_path, values, expected, suffix, changes, apart):
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\nc\nd\n")
    file = tmp_path / f"model{suffix}"
    export(NETWORK.loaded, str(file), values, ExportOptions(labels=str(labels), **changes))
    found = asked(file, batch=3)
    for one, other in zip(by_number(found), expected, strict=True):
        assert one == pytest.approx(other, abs=apart)
    assert {row.label for row in found.pictures[0].rows} == {"a", "b", "c", "d"}
    assert found.members[0].network == NETWORK.digests["network"]


@pytest.mark.parametrize("suffix", [".keras", ".safetensors", ".weights.h5", ".ckpt"])
def test_weights_with_a_receipt_answer_as_its_network(tmp_path, values, expected, suffix):
    file = tmp_path / f"model{suffix}"
    export(NETWORK.loaded, str(file), values)
    assert exported_format(str(file)) is not None
    for one, other in zip(by_number(asked(file)), expected, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_a_file_without_labels_and_one_with_a_file_of_labels(tmp_path, values):
    file = tmp_path / "model.onnx"
    export(NETWORK.loaded, str(file), values)
    assert asked(file).pictures[0].rows[0].label == ""
    assert asked(file, labels=list("wxyz")).pictures[0].rows[0].label in "wxyz"


def test_a_folder_is_known_by_what_is_in_it(tmp_path, values):
    folder = tmp_path / "served"
    export(NETWORK.loaded, str(folder), values, ExportOptions(form="savedmodel"))
    assert exported_format(str(folder)) == "savedmodel"
    assert len(asked(folder).pictures) == 5
    assert exported_format(str(tmp_path)) is None
    assert exported_format("inception_v3") is None
    assert exported_format("mine.yaml") is None


def code_of(file):
    with pytest.raises(SpecError) as caught:
        asked(file)
    return caught.value.findings[0].code


def test_files_that_cannot_be_predicted_from(tmp_path, values):
    file = tmp_path / "model.onnx"
    export(NETWORK.loaded, str(file), values)
    plain = onnx.load(file)
    (entry,) = [one for one in plain.metadata_props if one.key == KEY]
    receipt = json.loads(entry.value)
    receipt["labels"] = ["changed"] * 4
    entry.value = json.dumps(receipt)
    onnx.save(plain, tmp_path / "changed.onnx")
    assert code_of(tmp_path / "changed.onnx") == "E0714"
    entry.value = json.dumps({**receipt, "labels": None})
    plain.graph.node[0].op_type = "Unknown"
    onnx.save(plain, tmp_path / "unknown.onnx")
    assert code_of(tmp_path / "unknown.onnx") == "E0802"
    del plain.metadata_props[:]
    onnx.save(plain, tmp_path / "foreign.onnx")
    assert code_of(tmp_path / "foreign.onnx") == "E0717"
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "text.tflite").write_text("no model")
    (tmp_path / "text.keras").write_text("no model")
    (tmp_path / "folder.savedmodel").mkdir()
    codes = {"text.onnx": "E0802", "text.tflite": "E0802", "text.keras": "E0802",
             "folder.savedmodel": "E0717", "nowhere.onnx": "E0802",
             "nowhere.ckpt": "E0802"}  # fmt: skip
    for name, code in codes.items():
        assert code_of(tmp_path / name) == code, name


def test_a_file_without_classes_is_refused(tmp_path, values):
    file = tmp_path / "features.onnx"
    export(NETWORK.loaded, str(file), values, ExportOptions(outputs="c"))
    assert code_of(file) == "E0806"


def test_a_file_and_a_spec_make_an_ensemble(tmp_path, values, weights, expected):
    from inceptionspec.prediction.from_spec import SpecNetwork

    file = Path(tmp_path / "model.tflite")
    export(NETWORK.loaded, str(file), values)
    networks = [
        exported_network(str(file), PLACE),
        SpecNetwork(NETWORK.loaded, values, PLACE, engine="graph"),
    ]
    found = predict(networks, PICTURES, PLACE, top=4)
    assert [one.engine for one in found.members] == ["litert", "graph"]
    for one, other in zip(by_number(found), expected, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
