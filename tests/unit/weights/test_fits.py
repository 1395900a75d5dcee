"""`specbuild weights FILE`: what is in a file, and which built-in specs it fits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from held_arrays import PLACE, HeldArrays, read_into, table, write_zeros
from support import REFERENCE, loaded

from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.reports.weights.json import to_json
from inceptionspec.reports.weights.text import content_text, report_text
from inceptionspec.weights.files import open_weights
from inceptionspec.weights.fits import content, fit_of, fits


def test_a_checkpoint_with_1001_classes(tmp_path: Path) -> None:
    shapes = table(REFERENCE / "slim_variables" / "inception_v4.tsv")
    file = open_weights(write_zeros(tmp_path / "v4.safetensors", shapes), PLACE)
    best, *others = fits(file, PLACE)
    assert (best.spec, best.words, best.options, best.fits) == (
        "inception_v4",
        ("with 1001 classes",),
        ("--drop-background",),
        True,
    )
    assert not any(fit.fits for fit in others)
    text = content_text("v4", content(file), [best])
    assert max(map(len, text.splitlines())) <= 80
    assert "inception_v4  608 of 608  with 1001 classes (tf_slim)" in text
    assert "--weights FILE --drop-background" in text


@pytest.mark.parametrize(
    ("change", "words", "options"),
    [
        (lambda name: False, ("exactly",), ()),
        (lambda name: "/Logits/" in name, ("all but the head Logits",), ("--fresh Logits",)),
        (
            lambda name: "/Logits/" in name or "/AuxLogits/" in name,
            ("all but the heads AuxLogits and Logits",),
            ("--without AuxLogits", "--fresh Logits"),
        ),
    ],
)
def test_all_or_all_but_heads(change: object, words: object, options: object) -> None:
    one = loaded("inception_v3")
    arrays = {
        variable.name: np.broadcast_to(np.float32(0), variable.shape)
        for variable in stored_variables(one.graph)
        if not change(variable.name)  # type: ignore[operator]
    }
    fit = fit_of("inception_v3", one, HeldArrays(arrays), PLACE)
    assert fit is not None
    assert (fit.words, fit.options, fit.fits, fit.left_over) == (words, options, True, 0)


def test_folded_norms_and_what_is_left_over() -> None:
    one = loaded("inception_v3")
    arrays = {}
    for node in one.graph.nodes:
        for weight in node.weights:
            if weight.name in ("kernel", "bias", "beta"):
                name = "bias" if weight.name == "beta" else weight.name
                arrays[f"{node.path}/{name}"] = np.broadcast_to(np.float32(0), weight.shape)
    arrays["Other/kernel"] = np.zeros((1, 1), "float32")
    fit = fit_of("inception_v3", one, HeldArrays(arrays), PLACE)
    assert fit is not None
    assert fit.words == ("exactly", "with folded norms", "1 left over")
    assert fit.scheme == "paths"


@pytest.mark.parametrize("width", [0.1, 0.125, 0.5, 0.35])
def test_a_file_of_another_width(width: float) -> None:
    arrays = {
        f"{node.path}/{weight.name}": np.broadcast_to(np.float32(0), weight.shape)
        for node in loaded("inception_v3", width=width).graph.nodes
        for weight in node.weights
    }
    fit = fit_of("inception_v3", loaded("inception_v3"), HeldArrays(arrays), PLACE)
    assert fit is not None
    assert fit.fits
    assert fit.words == (f"with a width of {width:g}",)
    assert fit.options == (f"--width {width:g}",)


def test_a_file_of_another_network_fits_none() -> None:
    assert fits(HeldArrays({"x": np.zeros((3, 3), "float32")}), PLACE) == []
    text = content_text("x", content(HeldArrays({})), [])
    assert "It fits no built-in spec." in text


def test_the_report_fits_a_terminal_and_json_has_every_weight() -> None:
    keys = table(REFERENCE / "state_dicts" / "inception_resnet_v2.tsv")
    arrays = {key: np.broadcast_to(np.float32(1), shape) for key, shape in keys.items()}
    arrays["extra.weight"] = np.zeros(3, "float32")
    found = read_into(loaded("inception_resnet_v2"), arrays, without=("AuxLogits",))
    text = report_text(found.report)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 40
    assert "fresh: AuxLogits (10, --without AuxLogits)" in text
    data = json.loads(to_json("f", content(HeldArrays(arrays)), report=found.report))
    assert data["schema"] == "inceptionspec.weights/1"
    matched = {(one["path"], one["weight"]): one for one in data["match"]["matched"]}
    kernel = matched["Repeat/block35_10/Branch_2/Conv2d_0c_3x3", "kernel"]
    assert kernel == {
        "path": "Repeat/block35_10/Branch_2/Conv2d_0c_3x3",
        "weight": "kernel",
        "sources": ["repeat.9.branch2.2.conv.weight"],
        "rule": "{repeat}/block*_{n}/Branch_{k}/*",
        "conversions": ["transposed"],
    }
    assert data["match"]["left_over"]["of `extra`, which is not built"] == ["extra.weight"]
    assert len(data["match"]["fresh"]) == 10


def test_long_names_of_a_checkpoint_fit_a_terminal() -> None:
    one = loaded("inception_v3")
    arrays = {
        variable.name: np.broadcast_to(np.float32(1), variable.shape)
        for variable in stored_variables(one.graph)
    }
    lines = report_text(read_into(one, arrays).report).splitlines()
    assert max(map(len, lines)) == 80


def test_the_spec_that_a_scheme_is_made_for_comes_first() -> None:
    """Keras' V3 fits several specs; `inception_v3_keras` is Keras'."""
    graph = loaded("inception_v3_keras").graph
    arrays = {}
    convs = [node for node in graph.nodes if node.op == "conv"]
    for number, node in enumerate(convs):
        for weight in node.weights:
            kind = "conv2d" if weight.name == "kernel" else "batch_normalization"
            name = f"{kind}_{number + 7}/{weight.name}"
            arrays[name] = np.broadcast_to(np.float32(0), weight.shape)
    arrays["dense_3/kernel"] = np.zeros((2048, 5), "float32")
    arrays["dense_3/bias"] = np.zeros(5, "float32")
    best, *_ = fits(HeldArrays(arrays), PLACE)
    assert (best.spec, best.words) == ("inception_v3_keras", ("with 5 classes",))
    second = {"dense_4/kernel": np.zeros((5, 5), "float32"), "dense_4/bias": np.zeros(5, "float32")}
    best, *_ = fits(HeldArrays(arrays | second), PLACE)
    assert best.words == ("all but the head Logits", "4 left over")
    assert best.options == ("--fresh Logits",)
