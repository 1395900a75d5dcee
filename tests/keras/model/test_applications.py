"""Networks that keras.applications also has: the same weights must give the same numbers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import inceptionspec
from inceptionspec.backends.keras import build

#: Spec, the function of keras.applications, the side of the images. The sides are small to save
#: time; odd and even ones because padding at stride 2 differs between them.
CASES = [
    ("inception_v3_keras", "InceptionV3", 128),
    ("inception_resnet_v2_keras", "InceptionResNetV2", 128),
    ("xception", "Xception", 107),
    ("vgg16", "VGG16", 64),
    ("resnet50", "ResNet50", 128),
    ("mobilenet_v2", "MobileNetV2", 128),
    ("mobilenet_v2", "MobileNetV2", 107),
    ("densenet121", "DenseNet121", 64),
    ("resnet50_v2", "ResNet50V2", 75),
    ("nasnet_mobile", "NASNetMobile", 64),
]
CLASSES = 100
TOLERANCE = 1e-6
"""Of the largest logit. Both are the same layers in the same order: 0 was measured."""


class Pair:
    """A model of ours and Keras' own, with the same weights.

    Layers are matched by structure and neither by name nor by the order in which they were made.
    Both models are walked from their logits to the images, side by side. What has no weights and
    reads one tensor is stepped over, so that it does not matter whether padding or a scale is a
    layer of its own. The branches of a concatenation keep their order, which is part of what is
    tested. The terms of a sum have none, and are sorted by what they are made of.

    For the latter every tensor has a number: two have the same one if they are made in the same
    way of layers with the same kinds and shapes of weights. If both logits have the same number,
    the whole networks are made alike.
    """

    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.numbers = {}  # from how a tensor is made to its number
        self.known = {}  # from a tensor to its number
        self.layers = []  # layers with weights: ours, theirs
        assert self.number(ours.output) == self.number(theirs.output)
        self.match(ours.output, theirs.output, set())

    def number(self, tensor):
        if id(tensor) not in self.known:
            made = self.made(tensor)
            self.known[id(tensor)] = self.numbers.setdefault(made, len(self.numbers))
        return self.known[id(tensor)]

    def made(self, tensor):
        layer, inputs = origin(tensor)
        numbers = [self.number(one) for one in inputs]
        if layer.weights:
            weights = tuple((one.name, tuple(one.shape)) for one in layer.weights)
            return (type(layer).__name__, weights, *numbers)
        if isinstance(layer, keras.layers.Concatenate):
            return ("concat", *numbers)
        return ("sum", *sorted(numbers)) if numbers else ("images",)

    def match(self, ours, theirs, done):
        (layer, inputs), (other, others) = origin(ours), origin(theirs)
        if layer in done:
            return
        done.add(layer)
        if not layer.weights and not isinstance(layer, keras.layers.Concatenate):
            inputs, others = sorted(inputs, key=self.number), sorted(others, key=self.number)
        for one, another in zip(inputs, others, strict=True):
            self.match(one, another, done)
        if layer.weights:
            self.layers.append((layer, other))

    def variables(self):
        for layer, other in self.layers:
            for one, another in zip(layer.weights, other.weights, strict=True):
                assert (one.name, one.shape) == (another.name, another.shape)
                yield one, another


def origin(tensor):
    """The layer that has weights or merges, or the input, that a tensor comes from."""
    while True:
        layer, node, _ = tensor._keras_history  # nothing public tells which layer made a tensor
        inputs = layer._inbound_nodes[node].input_tensors
        if layer.weights or len(inputs) != 1:
            return layer, inputs
        (tensor,) = inputs


def value(variable, generator):
    """Values away from those that a layer starts with, for they would hide a mistake."""
    shape = tuple(variable.shape)
    if variable.name == "gamma":
        values = generator.uniform(0.5, 1.5, shape)
    elif variable.name in ("beta", "bias"):
        values = 0.1 * generator.standard_normal(shape)
    else:
        fan = np.prod(shape[:2] if variable.name == "depthwise_kernel" else shape[:-1])
        values = generator.standard_normal(shape) * np.sqrt(2 / fan)
    return values.astype("float32")


def near_what_comes_in(model, generator):
    """Give the norms moving statistics like those of other images, as training would.

    With random ones residual networks grow until a ReLU6 cuts off all that depends on the image.
    """
    norms = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    shape = (8, *model.input_shape[1:])
    model(generator.uniform(-1, 1, shape).astype("float32"), training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        variance, mean = norm.moving_variance.numpy(), norm.moving_mean.numpy()
        norm.moving_mean.assign(
            mean + np.sqrt(variance) * 0.3 * generator.standard_normal(mean.shape)
        )
        norm.moving_variance.assign(variance * generator.uniform(0.5, 1.5, mean.shape))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[2]}")
def pair(request):
    name, function, side = request.param
    graph = inceptionspec.load(name, input=side, classes=CLASSES).graph
    ours = build(graph, "Logits")
    theirs = getattr(keras.applications, function)(
        weights=None,
        input_shape=(side, side, 3),
        classes=CLASSES,
        classifier_activation=None,
    )
    pair = Pair(ours, theirs)
    generator = np.random.default_rng(5)
    for one, _ in pair.variables():
        one.assign(value(one, generator))
    near_what_comes_in(ours, generator)
    for one, another in pair.variables():
        another.assign(one)
    yield pair
    keras.backend.clear_session()


def images(pair):
    shape = (2, *pair.theirs.input_shape[1:])
    return np.random.default_rng(3).uniform(-1, 1, shape).astype("float32")


def logits(pair, **mode):
    x = images(pair)
    return np.asarray(pair.ours(x, **mode)), np.asarray(pair.theirs(x, **mode))


def deviation(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_every_weight_is_matched(pair):
    ours, theirs = zip(*pair.variables(), strict=True)
    for matched, model in ((ours, pair.ours), (theirs, pair.theirs)):
        assert {id(one) for one in matched} == {id(one) for one in model.weights}
        assert len(matched) == len(model.weights)


def test_counts(pair):
    for kind in ("trainable_weights", "non_trainable_weights"):
        ours, theirs = (
            sum(int(np.prod(one.shape)) for one in getattr(model, kind))
            for model in (pair.ours, pair.theirs)
        )
        assert ours == theirs


def test_inference(pair):
    ours, theirs = logits(pair, training=False)
    # The numbers say something: they neither vanish nor explode, and they depend on the image.
    assert 0.1 < np.abs(theirs).max() < 1e4
    assert deviation(theirs[0], theirs[1]) > 1e-2
    assert deviation(ours, theirs) <= TOLERANCE


def test_training(pair):
    """Logits by the batch's own statistics, and what the norms keep of these."""
    statistics = [both for both in pair.variables() if not both[0].trainable]
    before = [one.numpy() for one, _ in statistics]
    ours, theirs = logits(pair, training=True)
    assert 0.1 < np.abs(theirs).max() < 1e4
    assert deviation(theirs[0], theirs[1]) > 1e-2
    assert deviation(ours, theirs) <= TOLERANCE
    for (one, another), old in zip(statistics, before, strict=True):
        # A step keeps up to 0.999 of the old value, so that steps are compared and not values.
        step = another.numpy() - old
        assert np.abs(step).max() > 0
        assert deviation(one.numpy() - old, step) <= 1e-3
