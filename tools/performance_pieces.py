"""What `bench_networks.py` measures: networks, batches, and the sides that take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from inceptionspec import load
from inceptionspec.backends.engines import ENGINES, FLOAT32, rewritten_for
from inceptionspec.engines.available import available
from inceptionspec.rewrites import dead_code_elimination
from inceptionspec.rewrites.rewrite import PASSES

#: What `keras.applications` calls the networks that it has.
APPLICATIONS = {
    "convnext_tiny": "ConvNeXtTiny",
    "densenet121": "DenseNet121",
    "efficientnet_b0": "EfficientNetB0",
    "inception_resnet_v2_keras": "InceptionResNetV2",
    "inception_v3_keras": "InceptionV3",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_large": "MobileNetV3Large",
    "nasnet_mobile": "NASNetMobile",
    "resnet50": "ResNet50",
    "resnet50_v2": "ResNet50V2",
    "vgg16": "VGG16",
    "xception": "Xception",
}
#: The networks of the goals come first.
FIRST = (
    "inception_v3_keras", "inception_v1", "mobilenet_v2", "xception", "inception_resnet_v2_keras",
    "inception_v4",
)  # fmt: skip
V3 = FIRST[0]
BATCHES = (1, 8, 32)

#: Lists of passes that engines are measured with, and what the file calls them.
LISTS = {
    (): "plain graph",
    tuple(name for name in PASSES if name != "fuse-parallel-pointwise"): "nothing merged",
    tuple(PASSES): "all passes",
}


class Contender(NamedTuple):
    """A side: an engine, what it computes in, and the passes where they are not the engine's.

    ``application`` stands for a model of ``keras.applications``.
    """

    engine: str
    precision: str = FLOAT32
    passes: tuple[str, ...] | None = None
    application: str = ""

    @property
    def name(self) -> str:
        """What the file calls it."""
        if self.application:
            return "keras.applications"
        return self.engine if self.passes is None else f"{self.engine}, {LISTS[self.passes]}"


KERAS, ONNXRUNTIME, OPENVINO = "keras", "onnxruntime", "openvino"
INSTALLED = (KERAS, ONNXRUNTIME, OPENVINO)
"""The frameworks as they are installed, by the key of the ratio against each."""
AT_ONCE = (("float32",), ("reduced", "others"), ("passes",))
"""Sets of sides; those that share a piece share the frameworks as they are installed."""
SETS = tuple(chain.from_iterable(AT_ONCE))
OTHERS = ("graph", "xla")
"""Engines that were never the fastest."""


def installed_sides(network: str) -> dict[str, Contender]:
    """The frameworks as they are installed, by the key of their ratio."""
    application = APPLICATIONS.get(network, "")
    return {
        KERAS: Contender(KERAS, application=application),
        ONNXRUNTIME: as_installed(network, ONNXRUNTIME),
        OPENVINO: as_installed(network, OPENVINO),
    }


def as_installed(network: str, engine: str) -> Contender:
    """An engine with the graph as it is."""
    if engine == ONNXRUNTIME:
        return _plain_onnxruntime(network)
    return Contender(engine, passes=() if ENGINES[engine].passes else None)


@cache
def _plain_onnxruntime(network: str) -> Contender:
    """ONNX Runtime with the graph as it is: the engine itself where its passes change nothing."""
    steps = rewritten_for(ENGINES[ONNXRUNTIME], load(network).graph, None).steps
    # A file never holds what no output needs.
    changed = any(step.of != dead_code_elimination.NAME for step in steps)
    return Contender(ONNXRUNTIME, passes=() if changed else None)


def contenders(chosen: str, engines: Sequence[str], precisions: Sequence[str]) -> list[Contender]:
    """The sides of a set, next to the frameworks as they are installed."""
    if chosen == "passes":
        return [
            Contender(name, passes=passes if passes != ENGINES[name].passes else None)
            for name in (ONNXRUNTIME, OPENVINO, "litert", "optimized")
            # Without passes TensorFlow folds the norms, where weights are constants: `graph`.
            for passes in dict.fromkeys([ENGINES[name].passes, *LISTS])
            if name in engines and name in available() and (passes or name != "optimized")
        ]
    pairs = [
        Contender(name, precision)
        for name in engines
        for precision in ENGINES[name].precisions
        if precision in precisions and name in available(precision)
    ]
    if chosen == "reduced":
        found = [one for one in pairs if one.precision != FLOAT32 and one.engine not in OTHERS]
        return sorted(found, key=lambda one: ENGINES[one.engine].in_tensorflow)  # ready last
    full = [one for one in pairs if one.precision == FLOAT32]
    return [one for one in full if (one.engine in OTHERS) == (chosen == "others")]


class Piece(NamedTuple):
    """What is measured at once: a network, a batch, and sets of sides."""

    network: str
    batch: int
    sets: tuple[str, ...]


def pieces(networks: Sequence[str], batches: Sequence[int]) -> Iterator[Piece]:
    """All pieces, those that the goals need first."""
    full, below, passes = AT_ONCE
    every = [
        Piece(network, batch, sets)
        for sets in AT_ONCE
        for network in networks
        for batch in batches
        if sets != passes or (network in FIRST and batch == 1)
    ]
    early: tuple[Callable[[Piece], bool], ...] = (
        lambda one: one.network == V3 and one.batch == 1 and one.sets != passes,
        lambda one: one.network in FIRST and one.batch in (1, 8) and one.sets == full,
        lambda one: one.network == V3 and one.sets != passes,
        lambda one: one.batch == 1 and one.sets == full,
        lambda one: one.network in FIRST,
        lambda one: one.sets == full,
        lambda one: one.sets == below,
    )
    seen: set[Piece] = set()
    for matters in early:
        for one in every:
            if one not in seen and matters(one):
                seen.add(one)
                yield one
