"""The files of Keras models: which are known, their weights, and what is said of bad ones."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import weight_writer
from keras_models import (
    draw,
    functional,
    image,
    layer,
    read,
    write_h5,
    write_json,
    write_keras,
    write_tfjs,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.importers.keras.files import is_keras
from inceptionspec.weights.files.glance import glance

NORM = ("gamma", "beta", "moving_mean", "moving_variance")
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "conv": {"kernel": (3, 3, 3, 4), "bias": (4,)},
    "norm": dict.fromkeys(NORM, (4,)),
    "depthwise": {"kernel": (3, 3, 4, 2)},
    "dense": {"kernel": (8, 5), "bias": (5,)},
}
LAYERS = (
    image(),
    layer("Conv2D", "conv", "in", filters=4, kernel_size=[3, 3]),
    layer("BatchNormalization", "norm", "conv", axis=-1),
    layer("DepthwiseConv2D", "depthwise", "norm", kernel_size=[3, 3], depth_multiplier=2,
          use_bias=False),
    layer("Dense", "dense", "depthwise", units=5),
)  # fmt: skip
ARRAYS = draw(SHAPES)
#: What arrays are called in each format, and how it is written.
WRITERS: dict[str, Callable[[Path], Path]] = {
    "keras": lambda folder: write_keras(folder, functional(*LAYERS), ARRAYS),
    "h5": lambda folder: write_h5(folder, functional(*LAYERS, keras=2), ARRAYS),
    "tfjs": lambda folder: write_tfjs(folder, functional(*LAYERS, keras=2), ARRAYS),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_weights_have_our_names_and_layouts(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path)
    assert is_keras(glance(str(path)))
    network = read(path)
    arrays = {one.name: {k: v() for k, v in one.weights.items()} for one in network.layers}
    assert set(arrays["norm"]) == set(NORM)
    np.testing.assert_array_equal(arrays["conv"]["kernel"], ARRAYS["conv"]["kernel"])
    np.testing.assert_array_equal(
        arrays["depthwise"]["depthwise_kernel"], ARRAYS["depthwise"]["kernel"]
    )
    # A dense layer on a map is a convolution.
    np.testing.assert_array_equal(arrays["dense"]["kernel"][0, 0], ARRAYS["dense"]["kernel"])
    assert arrays["dense"]["kernel"].shape == (1, 1, 8, 5)


def test_a_folder_with_a_model_of_tensorflow_js_is_one(tmp_path: Path) -> None:
    WRITERS["tfjs"](tmp_path)
    assert is_keras(glance(str(tmp_path)))
    assert len(read(tmp_path).layers) == 4


def test_json_has_no_weights(tmp_path: Path) -> None:
    network = read(write_json(tmp_path, functional(*LAYERS)))
    assert not any(one.weights for one in network.layers)


def test_a_number_of_normalization_and_the_scale_of_convnext_are_weights(tmp_path: Path) -> None:
    layers = (
        image(),
        layer("Normalization", "data", "in", axis=[-1]),
        layer("LayerScale", "scale", "data", init_values=0.1),
    )
    arrays: Any = {
        "data": {"mean": np.ones(3, "f4"), "variance": np.ones(3, "f4"), "count": np.int64(7)},
        "scale": {"gamma": np.full(3, 2, "f4")},
    }
    first, second = read(write_keras(tmp_path, functional(*layers), arrays)).layers
    assert sorted(first.weights) == ["count", "mean", "variance"]
    assert first.weights["count"]() == 7
    assert second.weights["gamma"]().tolist() == [2, 2, 2]


def said(folder: Path, path: Path) -> tuple[str, str]:
    with pytest.raises(SpecError) as raised:
        read(path)
    (finding,) = raised.value.findings
    return finding.code, " ".join([finding.message, *finding.notes])


@pytest.mark.parametrize("kind", WRITERS)
def test_weights_of_another_shape_are_refused(kind: str, tmp_path: Path) -> None:
    arrays = {**ARRAYS, "conv": {"kernel": np.ones((3, 3, 3, 5), "f4"), "bias": np.ones(4, "f4")}}
    keras = 3 if kind == "keras" else 2
    write = {"keras": write_keras, "h5": write_h5, "tfjs": write_tfjs}[kind]
    code, message = said(tmp_path, write(tmp_path, functional(*LAYERS, keras=keras), arrays))
    assert code == "E0724"
    assert "`kernel` is 3x3x3x5, and the layer needs 3x3x3x4: `conv`" in message


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    arrays = {**ARRAYS, "norm": {"gamma": ARRAYS["norm"]["gamma"]}}
    code, message = said(tmp_path, write_h5(tmp_path, functional(*LAYERS, keras=2), arrays))
    assert code == "E0724"
    assert message.endswith("is missing: `norm`")


def test_files_of_weights_alone_are_told(tmp_path: Path) -> None:
    for name, data in (("a.h5", weight_writer.legacy()), ("b.h5", weight_writer.keras_3())):
        path = tmp_path / name
        path.write_bytes(data)
        code, message = said(tmp_path, path)
        assert code == "E0723"
        assert "holds weights alone, not the model" in message


def _linked(folder: Path, link: Any) -> Path:
    path = write_h5(folder, functional(*LAYERS, keras=2), ARRAYS)
    with h5py.File(path, "a") as file:
        group = file["model_weights/conv"]
        del group["conv/kernel:0"]
        group["conv/kernel:0"] = link
    return path


@pytest.mark.parametrize(
    "link", [h5py.SoftLink("/elsewhere"), h5py.ExternalLink("/etc/passwd", "/x")]
)
def test_links_are_not_followed(link: Any, tmp_path: Path) -> None:
    code, message = said(tmp_path, _linked(tmp_path, link))
    assert code == "E0703"
    assert "link" in message or "newer" in message


def test_names_that_lead_out_of_a_zip_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a long name of a folder would be cut
    path = Path(WRITERS["keras"](tmp_path).name)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../evil.py", "x")
    assert said(tmp_path, path) == (
        "E0703",
        "the file `model.keras` cannot be read its member `../evil.py` points out of it",
    )


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", b"")
        with archive.open("config.json", "w") as member:
            for _ in range(80):
                member.write(b" " * (1 << 20))
    code, message = said(tmp_path, path)
    assert code == "E0703"
    assert "`config.json` is too large" in message


def test_every_cut_and_many_changes_end_in_a_model_or_a_finding(tmp_path: Path) -> None:
    for kind, write in WRITERS.items():
        path = write(tmp_path)
        data = path.read_bytes()
        for number in range(40):
            changed = bytearray(data)
            at = number * len(data) // 40
            if number % 2:
                del changed[at:]
            else:
                changed[at : at + 8] = b"\xff" * 8
            path.write_bytes(changed)
            try:
                for one in read(path).layers:
                    for held in one.weights.values():
                        held()
            except SpecError as error:
                assert error.findings[0].code.startswith(("E07", "E04")), kind


def test_what_tfjs_calls_a_graph_model_is_refused(tmp_path: Path) -> None:
    model = {"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}
    (tmp_path / "model.json").write_text(json.dumps(model))
    code, message = said(tmp_path, tmp_path / "model.json")
    assert (code, message.partition(" ")[0]) == ("E0703", "the")
    assert "a layer has no class" in message
