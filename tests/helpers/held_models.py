"""Models as files list them, made from a network: layers under names that say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from held_arrays import PLACE, HeldArrays

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights import LoadedWeights, WeightOptions
from inceptionspec.weights.files.weight_file import StoredLayer
from inceptionspec.weights.load import weights_of

_CLASSES = {
    "input": "InputLayer",
    "conv": "Conv2D",
    "depthwise_conv": "DepthwiseConv2D",
    "separable_conv": "SeparableConv2D",
    "dense": "Dense",
    "max_pool": "MaxPooling2D",
    "avg_pool": "AveragePooling2D",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization",
    "group_norm": "GroupNormalization",
    "normalize": "Normalization",
    "layer_scale": "EinsumDense",
    "prelu": "PReLU",
    "global_max_pool": "GlobalMaxPooling2D",
    "global_avg_pool": "GlobalAveragePooling2D",
    "concat": "Concatenate",
    "add": "Add",
    "multiply": "Multiply",
}
_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
Weights = Mapping[tuple[str, str], Any]


class HeldModel(HeldArrays):
    """A file that lists layers, from arrays in memory."""

    def __init__(
        self,
        arrays: Mapping[str, Any],
        layers: Sequence[StoredLayer],
        file_format: str = "Keras model (.keras)",
    ) -> None:
        super().__init__(arrays, file_format)
        self.layers = tuple(layers)


def model_into(loaded: LoadedSpec, model: HeldModel, **options: Any) -> LoadedWeights:
    """What a network gets from a model."""
    return weights_of(loaded, model, WeightOptions(**options), None, PLACE)


def keras_model(graph: Graph, weights: Weights, seed: int = 1) -> HeldModel:
    """A network as Keras' files list it; layers and arrays in any order, called by any number."""
    draw = Random(seed)
    layers: list[StoredLayer] = []
    arrays: dict[str, Any] = {}
    numbers = draw.sample(range(10_000), 4 * len(graph.nodes))
    yields: list[str] = []

    def add(kind: str, inputs: Sequence[str], **config: Any) -> str:
        name = f"layer_{numbers.pop()}"
        layers.append(StoredLayer(name, kind, config, inputs=tuple(inputs)))
        return name

    for node in graph.nodes:
        inputs = [yields[source] for source in node.inputs]
        name = add(_CLASSES.get(node.op, "Lambda"), inputs, **_config(node))
        norm = ""
        if node.attributes.get("norm") is not None:
            epsilon = node.attributes["norm"]["epsilon"]
            norm = add("BatchNormalization", [name], epsilon=epsilon)
        for weight in node.weights:
            owner = norm if weight.name in _NORM and norm else name
            stored = "kernel" if node.op == "layer_scale" else weight.name
            arrays[f"{owner}/{stored}"] = weights[node.path, weight.name]
        last = norm or name
        if node.attributes.get("activation"):
            last = add("Activation", [last], activation=node.attributes["activation"])
        yields.append(last)
    draw.shuffle(layers)
    names = draw.sample(sorted(arrays), len(arrays))
    return HeldModel({name: arrays[name] for name in names}, layers)


def _config(node: Node) -> dict[str, Any]:
    attributes = node.attributes
    config = {
        "strides": list(attributes.get("stride", (1, 1))),
        "dilation_rate": list(attributes.get("dilation", (1, 1))),
        "activation": "linear",
    }
    if node.op == "conv":
        config["groups"] = attributes["groups"]
    if node.op == "batch_norm":
        config["epsilon"] = attributes["epsilon"]
    return config
