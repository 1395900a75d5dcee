"""The built-in networks as models: what TF-Slim's own tests of its networks check.

A quarter of the width and small images save time; neither changes what is tested here.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest

from inceptionspec import load
from inceptionspec.backends.keras import build
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.expander import expand
from inceptionspec.frontend.expansion.inheritance import inherit
from inceptionspec.frontend.expansion.tree import Scope
from inceptionspec.frontend.linking.flatten import flatten
from inceptionspec.frontend.linking.linker import link
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.settings import Width
from inceptionspec.ir.slim_names import stored_variables

NAMES = builtin_names()
QUARTER = 0.25
#: The tensor before the classifier, after the dropout where there is one.
PRE_LOGITS = {
    "inception_v1": "PreLogits",
    "inception_v2": "PreLogits",
    "inception_v3": "PreLogits",
    "inception_v4": "PreLogitsFlatten",
    "inception_resnet_v2": "PreLogitsFlatten",
}


@pytest.fixture(autouse=True)
def memory():
    yield
    keras.backend.clear_session()


def images(height, width=None, batch=2):
    generator = np.random.default_rng(height)
    return generator.uniform(-1, 1, (batch, height, width or height, 3)).astype("float32")


def answer(model, x):
    return np.asarray(model(x, training=False))


def shape_of(graph, name):
    return graph.nodes[graph.names[name]].shape


def variant(base, override, **settings):
    return load(f"spec: 1\nextends: {base}\nname: variant\noverride:\n  {override}\n", **settings)


def prefixes(name, size):
    """The network cut after each of its last three items, without its heads."""
    spec = inherit(
        Source(
            "cut",
            f"spec: 1\nextends: {name}\nname: cut\n"
            f"override: {{input: {{set: {{size: {size}x{size}}}}}}}\n",
        )
    )
    root = expand(spec, spec.args)
    trunk = [one for one in root.children if not (isinstance(one, Scope) and one.kind == "head")]
    spec.end_points, spec.main = Map(root.item.span), None  # these speak of the heads
    for length in range(len(trunk) - 2, len(trunk) + 1):
        cut = Scope("", "network", root.item, children=trunk[:length])
        yield trunk[length - 1].name, link(flatten(spec, cut, spec.args, Width(QUARTER)))


@pytest.mark.parametrize("name", NAMES)
def test_the_last_three_items(name):
    """Without heads and with the three as outputs, which are those of the three prefixes."""
    cuts = dict(prefixes(name, 96))
    graph = list(cuts.values())[-1]
    model = build(graph, list(cuts))
    assert model.input.shape == (None, 96, 96, 3)
    assert model.count_params() == sum(int(np.prod(one.shape)) for one in stored_variables(graph))
    for last, tensor in model(images(96), training=False).items():
        assert tuple(tensor.shape) == (2, *cuts[last].nodes[-1].shape)
        assert np.all(np.isfinite(tensor))


def test_the_last_three_prefixes():
    """Each cut for itself."""
    for last, graph in prefixes("inception_v3", 96):
        keras.backend.clear_session()
        model = build(graph)
        assert graph.names[last] == len(graph.nodes) - 1
        assert model.output.shape == (None, *shape_of(graph, last))
        assert model.count_params() == sum(
            int(np.prod(one.shape)) for one in stored_variables(graph)
        )


def test_a_batch_of_any_size():
    graph = load("inception_v3", width=QUARTER, input=96, head="Logits").graph
    model = build(graph)
    assert model.input.shape == (None, 96, 96, 3)
    x = images(96, batch=3)
    together = np.asarray(model(x)["Logits"])
    assert together.shape == (3, 1000)
    alone = np.concatenate([np.asarray(model(one[None])["Logits"]) for one in x])
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-5 * np.abs(alone).max())


def test_images_of_any_size():
    """One model reads two sizes, as the models that were made for either do."""
    settings = {"width": QUARTER, "head": "Logits"}
    model = build(load("inception_v3", input="any", **settings).graph, "Logits")
    assert model.input.shape == (None, None, None, 3)
    for height, width in ((75, 75), (107, 139)):
        fixed = build(load("inception_v3", input=(height, width), **settings).graph, "Logits")
        fixed.set_weights(model.get_weights())
        x = images(height, width)
        expected = answer(fixed, x)
        assert expected.shape == (2, 1000)
        np.testing.assert_allclose(
            answer(model, x), expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max()
        )


@pytest.mark.parametrize("name", ["inception_v1", "inception_v2", "inception_v3"])
def test_logits_that_are_not_squeezed(name):
    network = variant(
        name, "Logits/SpatialSqueeze: delete", width=QUARTER, input=96, head="Logits", classes=7
    )
    model = build(network.graph, "Logits")
    assert model.output.shape == (None, 1, 1, 7)
    assert answer(model, images(96)).shape == (2, 1, 1, 7)


@pytest.mark.parametrize("name", PRE_LOGITS)
def test_pre_logits(name):
    """The features alone; nothing after them is built."""
    graph = load(name, width=QUARTER, input=96, head="Logits").graph
    model = build(graph, PRE_LOGITS[name])
    assert not any(1000 in one.shape for one in model.weights)
    shape = shape_of(graph, PRE_LOGITS[name])
    assert shape[-1] == shape_of(load(name, head="Logits").graph, PRE_LOGITS[name])[-1] * QUARTER
    assert set(shape[:-1]) <= {1}
    assert answer(model, images(96)).shape == (2, *shape)


@pytest.mark.parametrize("name", ["inception_v1", "inception_v2", "inception_v3"])
def test_half_the_width(name):
    graph, whole = (
        load(name, input=96, head="Logits", **width).graph for width in ({"width": 0.5}, {})
    )
    model = build(graph, list(graph.end_points))
    result = model(images(96), training=False)
    for path, tensor in result.items():
        shape = shape_of(whole, path)
        scaled = path not in ("input", "Logits", "Predictions")
        assert tuple(tensor.shape) == (2, *shape[:-1], shape[-1] // 2 if scaled else shape[-1])
    assert sum(int(np.prod(one.shape)) for one in stored_variables(graph)) == model.count_params()


@pytest.mark.parametrize(
    ("name", "size", "last", "side"),
    [
        ("inception_v1", 112, "Mixed_5c", 4),
        ("inception_v2", 112, "Mixed_5c", 4),
        ("inception_v3", 150, "Mixed_7c", 3),
        ("inception_v4", 150, "Mixed_7d", 3),
        ("inception_resnet_v2", 150, "Conv2d_7b_1x1", 3),
    ],
)
def test_half_the_image(name, size, last, side):
    """With all heads, the auxiliary one too."""
    graph = load(name, input=size, width=QUARTER).graph
    outputs = [*(head.name for head in graph.heads), last, "Predictions"]
    result = build(graph, outputs)(images(size), training=False)
    assert tuple(result[last].shape) == (2, side, side, shape_of(load(name).graph, last)[-1] // 4)
    for head in graph.heads:
        assert tuple(result[head.name].shape) == (2, 1000)
        assert np.all(np.isfinite(result[head.name]))
    np.testing.assert_allclose(np.sum(result["Predictions"], -1), 1, rtol=1e-5)


def test_maps_that_are_not_square_are_pooled_whole():
    graph = load("inception_v4", input="350x400", head="Logits", width=QUARTER).graph
    result = build(graph, ["Mixed_7d", "global_pool", "Logits"])(images(350, 400), training=False)
    assert tuple(result["Mixed_7d"].shape) == (2, 9, 11, 384)
    assert tuple(result["global_pool"].shape) == (2, 1, 1, 384)
    assert tuple(result["Logits"].shape) == (2, 1000)
    np.testing.assert_allclose(
        np.mean(result["Mixed_7d"], (1, 2), keepdims=True), result["global_pool"], rtol=1e-4
    )


@pytest.mark.parametrize("scale", [False, True])
def test_norms_have_a_gamma_if_asked(scale):
    network = variant(
        "inception_v1",
        f"defaults.batch_norm: {{set: {{scale: {str(scale).lower()}}}}}",
        width=QUARTER,
        input=96,
    )
    model = build(network.graph)
    norms = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert len(norms) == 57
    gammas = [one for one in model.weights if one.name == "gamma"]
    assert len(gammas) == (57 if scale else 0)


def test_a_head_that_is_left_out_is_not_built():
    both, alone = (
        build(load("inception_v3", input=128, width=QUARTER, **heads).graph)
        for heads in ({}, {"head": "Logits"})
    )
    assert list(both.output) == ["AuxLogits", "Logits"]
    assert list(alone.output) == ["Logits"]
    names = {one.name for one in both.layers} - {one.name for one in alone.layers}
    assert names
    assert all(name.startswith("AuxLogits.") for name in names)
