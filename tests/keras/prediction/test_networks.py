"""Networks that compute what they are shown: specs in each runtime, and exported files."""

from __future__ import annotations

import numpy as np
import pytest
from support import REFERENCE, do_without, spec

import inceptionspec
from inceptionspec.api.weight_arrays import weight_arrays
from inceptionspec.backends.engines import ENGINES
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.engines.available import lacking
from inceptionspec.pictures.preprocess import Box, resized, scaled
from inceptionspec.prediction.from_spec import SpecNetwork
from inceptionspec.prediction.predict import predict
from inceptionspec.weights import DEFAULT_WEIGHT_OPTIONS

TINY = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
PLACE = external("predict")
DRAW = np.random.default_rng(11)
PICTURES = [DRAW.integers(0, 256, (60, 90, 3), dtype=np.uint8) for _ in range(5)]
STEPS = "preprocessing: {scale: 1/127.5, mean: 1}"
LAYERS = """
- {op: conv, name: c, kernel: 3x3, filters: 6, stride: 2, activation: relu}
"""
HEAD = """
main: Logits
heads:
  Logits:
    from: c
    layers: [{op: global_avg_pool, name: p}, {op: dense, name: d, units: 7, init: {normal: 20.0}}]
"""


def small(*, size="16x16", channels=3, rest=HEAD, steps=STEPS, layers=LAYERS):
    text = spec(layers, size=size, channels=channels, rest=rest)
    return inceptionspec.loads(text.replace("channels:", f"{steps}, channels:", 1))


def by_number(result):
    return [{row.number: row.probability for row in one.rows} for one in result.pictures]


def tiny():
    return inceptionspec.load("inception_v3", width=0.125, min_filters=8, classes=11)


@pytest.mark.parametrize("name", ["auto", *ENGINES])
def test_every_engine_predicts_the_same(name):
    if name in ENGINES and lacking(ENGINES[name]):
        do_without(name)
    network = small()
    model = network.to_keras(outputs="Logits")
    values = weight_arrays(network.loaded, model, "Logits", DEFAULT_WEIGHT_OPTIONS)
    found = predict(
        [SpecNetwork(network.loaded, values, PLACE, engine=name)], PICTURES, PLACE, top=7, batch=3
    )
    from PIL import Image

    images = np.stack(
        [
            scaled(
                resized(Image.fromarray(one), Box(0, 0, 90, 60), (16, 16), "bilinear"),
                network.graph.preprocessing,
            )
            for one in PICTURES
        ]
    )
    logits = np.asarray(model(images), np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.ptp(expected, 0).max() > 0.05  # a network that tells pictures apart
    for one, row in zip(by_number(found), expected, strict=True):
        assert one == pytest.approx(dict(enumerate(row)), abs=1e-5)
    assert found.members[0].engine in ((name,) if name in ENGINES else ENGINES)


def test_a_checkpoint_of_tf_slim_in_three_ways():
    """The command's way, the API's with a file, and the API's with a model of Keras."""
    network = tiny()
    model = network.to_keras(weights=TINY)
    answers = [by_number(network.predict(PICTURES, weights, top=11)) for weights in (TINY, model)]
    for one, other in zip(*answers, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    assert answers[0][0] != pytest.approx(answers[0][1], abs=1e-4)


def test_weights_that_start_fresh_are_told():
    network = tiny()
    with pytest.warns(UserWarning, match="start fresh: `Logits/Conv2d_1c_1x1`"):
        network.predict(PICTURES[:1], TINY, fresh="Logits")


def test_several_files_and_several_networks_are_a_mean():
    network, other = tiny(), small(rest=HEAD.replace("units: 7", "units: 11"))
    model = other.to_keras()
    singles = [
        by_number(network.predict(PICTURES, TINY, top=11)),
        by_number(other.predict(PICTURES, model, top=11)),
    ]
    both = network.predict(PICTURES, [TINY, TINY], top=11, ensemble=[(other, model)])
    assert len(both.members) == 3
    for one, first, second in zip(by_number(both), *singles, strict=True):
        mean = {number: (2 * first[number] + second[number]) / 3 for number in first}
        assert one == pytest.approx(mean, abs=1e-9)


def test_predictions_decide_what_probabilities_are():
    sigmoid = HEAD.replace("from: c", "predictions: sigmoid\n    from: c")
    network = small(rest=sigmoid)
    model = network.to_keras(outputs="Logits")
    (one,) = by_number(network.predict(PICTURES[0], model, top=7))
    assert sum(one.values()) != pytest.approx(1, abs=0.05)
    softmax = small(rest=sigmoid.replace("sigmoid", "softmax"))
    (one,) = by_number(softmax.predict(PICTURES[0], model, top=7))
    assert sum(one.values()) == pytest.approx(1)


def test_an_open_size_and_a_grey_input():
    network = small(size="any", channels=1)
    result = network.predict([*PICTURES, PICTURES[0][:31, :17]], top=1)
    assert len(result) == 6
    with pytest.raises(SpecError, match="open"):
        network.predict(PICTURES, crops=10)


def test_an_open_network_knows_the_smallest_picture_that_it_reads():
    layers = "- {op: conv, name: c, kernel: 5x5, filters: 6, padding: valid}"
    result = small(size="any", layers=layers).predict([PICTURES[0], PICTURES[0][:4, :9]])
    assert len(result) == 1
    assert "its crop is 4x9, and `t` needs at least 5x5" in result.skipped[0].message


@pytest.mark.parametrize(
    ("network", "code", "words"),
    [
        (small(steps="range: [-1, 1]"), "E0719", "`preprocessing: {scale: 1/127.5, mean: 1}`"),
        (small(steps="range: [0, 1]"), "E0719", "`preprocessing: {scale: 1/255, mean: 0}`"),
        (small(channels=4), "E0719", "has 4"),
        (small(rest=""), "E0806", "no head"),
    ],
)
def test_networks_that_take_no_pictures(network, code, words):
    with pytest.raises(SpecError) as caught:
        network.predict(PICTURES)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert words in " ".join([finding.message, *finding.helps])


def test_the_help_about_missing_steps_helps():
    with pytest.raises(SpecError) as caught:
        small(steps="range: [-1, 1]").predict(PICTURES)
    advised = caught.value.findings[0].helps[-1].split("`")[1]
    network = small(steps=f"range: [-1, 1], {advised}")
    assert not [one for one in network.check() if one.code == "W0114"]
    assert len(network.predict(PICTURES)) == 5


def test_a_result_prints_itself(tmp_path):
    (tmp_path / "labels.txt").write_text("\n".join(f"word {number}" for number in range(11)))
    result = tiny().predict(PICTURES[:2], TINY, top=2, labels=str(tmp_path / "labels.txt"))
    assert repr(result) == "<PredictionResult of InceptionV3: 2 pictures>"
    lines = str(result).splitlines()
    assert lines[0] == "#0"
    assert lines[1].split(maxsplit=1)[1].startswith("word ")
    assert [one.picture for one in result] == ["#0", "#1"]
    with pytest.raises(SpecError, match="crops"):
        tiny().predict(PICTURES, crops=12)
