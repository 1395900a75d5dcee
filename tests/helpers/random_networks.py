"""Small random networks that use every operator, and what rewriting makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy_network import outputs_of
from rewriting import random_values

import inceptionspec
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import resolve_outputs
from inceptionspec.ops.functions import ACTIVATIONS
from inceptionspec.rewrites import PASSES, Rewritten, rewrite

TOLERANCE = 1e-10
"""Of the largest magnitude of an output: what rounding in float64 may change."""
LEAST_MAGNITUDE = 1e-3
SIZES = ("5x5", "7x6", "8x9", "9x7", "3x4", "1x1")
KERNELS = ("1x1", "1x1", "3x3", "2x2", "1x3", "3x1", "5x3", "2x3")


class _Drawn:
    """Layers drawn at random, as lines of YAML in flow style.

    Their numbers are exact in float32, to which Keras rounds some attributes.
    """

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def pick(self, *values: Any) -> Any:
        return self.draw.choice(values)

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def layer(self, op: str, **attributes: Any) -> str:
        given = ", ".join(f"{key}: {value}" for key, value in attributes.items())
        return f"{{op: {op}, {given}}}" if given else f"{{op: {op}}}"

    def function(self) -> str:
        if self.chance(0.5):
            return "none"
        if self.chance(0.1):
            return f"{{{self.pick('leaky_relu', 'elu')}: {self.pick(0.25, 0.5, 1.5)}}}"
        return str(self.pick("relu", "tanh") if self.chance(0.5) else self.pick(*ACTIVATIONS))

    def norm(self) -> str:
        options = [f"epsilon: {self.pick(0.0009765625, 0.125)}"]
        options += [f"{name}: {self.pick('true', 'false')}" for name in ("scale", "center")]
        return f"{{op: batch_norm, {', '.join(options)}}}"

    def epilogue(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.chance(0.3):
            given["norm"] = self.norm()
        if self.chance(0.4):
            given["bias"] = self.pick("true", "false")
        if self.chance(0.6):
            given["activation"] = self.function()
        return given

    def padding(self, kernel: str, keep: bool) -> Any:
        """Any padding, or one that keeps the size at stride 1."""
        height, width = (int(side) for side in kernel.split("x"))
        if keep or self.chance(0.4):
            return "same"
        if self.chance(0.3):
            return "valid"
        sides = [self.draw.randrange(side) for side in (height, height, width, width)]
        names = ("top", "bottom", "left", "right")
        return "{" + ", ".join(f"{n}: {s}" for n, s in zip(names, sides, strict=True)) + "}"

    def window(self, keep: bool, kernel: str) -> dict[str, Any]:
        given: dict[str, Any] = {"kernel": kernel, "padding": self.padding(kernel, keep)}
        if not keep and self.chance(0.35):
            given["stride"] = self.pick(2, 2, "2x1", "1x2", 3)
        return given

    def conv(self, keep: bool, filters: int | None = None, kernel: str | None = None) -> str:
        given = self.window(keep, kernel or self.pick(*KERNELS))
        if self.chance(0.15):
            given["dilation"] = self.pick(2, "1x2")
        if self.chance(0.15):
            given["groups"] = 2
        count = self.draw.randint(1, 8) if filters is None else filters
        return self.layer("conv", filters=count, **given, **self.epilogue())

    def pool(self, keep: bool, op: str | None = None) -> str:
        op = op or self.pick("avg_pool", "avg_pool", "max_pool")
        given = self.window(keep, self.pick("3x3", "2x2", "3x2", "1x3", "1x1"))
        if op == "avg_pool" and self.chance(0.4):
            given["count_padding"] = "true"
        if not keep and self.chance(0.2):
            given["ceil"] = "true"
        if self.chance(0.1):
            given["dilation"] = self.pick(2, "1x2")
        return self.layer(op, **given)

    def map_layer(self, keep: bool) -> str:
        """A layer from a map to a map; with ``keep`` to one of the same height and width."""
        kind = self.draw.randrange(25)
        if kind > 21:
            return self.reshaped(keep)
        if kind > 19:
            return self.by_channel()
        if kind < 6:
            return self.conv(keep)
        if kind < 10:
            return self.pool(keep)
        if kind < 12:
            return f"{{op: batch_norm, {self.norm()[len('{op: batch_norm, ') : -1]}}}"
        if kind == 12:
            given = self.window(keep, self.pick(*KERNELS))
            multiplier = self.pick(1, 2)
            return self.layer(
                "depthwise_conv", depth_multiplier=multiplier, **given, **self.epilogue()
            )
        if kind == 13:
            given = self.window(keep, self.pick(*KERNELS))
            filters, multiplier = self.draw.randint(1, 6), self.pick(1, 2)
            return self.layer(
                "separable_conv",
                filters=filters,
                depth_multiplier=multiplier,
                **given,
                **self.epilogue(),
            )
        if kind == 14:
            return self.layer("activation", function=self.pick(*ACTIVATIONS))
        if kind == 15:
            return self.layer("dropout", rate=0.4)
        if kind == 16:
            return self.layer("lrn", radius=self.pick(1, 2), alpha=0.25, beta=self.pick(0.5, 0.75))
        if kind == 17:
            return "{op: softmax}"
        if kind == 18 and not keep:
            return self.layer(
                "pad", padding=self.pick(1, "0x1"), mode=self.pick("zeros", "reflect")
            )
        return self.conv(keep, kernel="1x1")

    def reshaped(self, keep: bool) -> str:
        """A layer that reorders channels or trades resolution; few of them keep the size."""
        shuffled = self.layer("channel_shuffle", groups=self.pick(1, 2, 3, "input"))
        if keep:
            return self.pick(
                shuffled, self.layer("slice", stop=self.pick(1, "input")),
                self.layer("conv_transpose", kernel=self.pick(1, 3, "2x3"),
                           filters=self.draw.randint(1, 6), **self.epilogue()),
            )  # fmt: skip
        filters, kernel = self.draw.randint(1, 6), self.pick(2, 3, "1x3")
        return self.pick(
            self.layer("conv_transpose", kernel=kernel, stride=self.pick(1, 2, "1x2"),
                       filters=filters, padding=self.pick("same", "valid", 0), **self.epilogue()),
            # Not `bilinear`, which TensorFlow computes in float32 whatever it is given.
            self.layer("upsample", factor=self.pick(2, "1x2")),
            self.layer("adaptive_avg_pool", size=self.pick(1, 2, "3x2")),
            self.layer("space_to_depth", block_size=self.pick(1, 2)),
            self.layer("depth_to_space", block_size=self.pick(1, 2)),
            self.layer("crop", pixels=self.pick(1, "{top: 1, bottom: 0, left: 0, right: 2}")),
            self.layer("slice", start=1, stop=self.pick(2, "input")),
            shuffled,
        )  # fmt: skip

    def by_channel(self) -> str:
        """A layer with numbers for each channel, or one that drops whole images in training."""
        learned = {name: self.pick("true", "false") for name in ("scale", "center")}
        return self.pick(
            self.layer("layer_norm", epsilon=self.pick(0.0009765625, 0.125), **learned),
            self.layer("group_norm", groups=self.pick(1, 2, 3, "input"), epsilon=0.125, **learned),
            "{op: normalize}",
            self.layer("rescale", scale=self.pick(0.5, -2, 1), offset=self.pick(0, 0.25)),
            "{op: layer_scale}",
            "{op: prelu}",
            self.layer("drop_path", rate=0.5),
        )

    def part(self, depth: int) -> list[str]:
        """Branches that meet, some of them empty, some with 1x1 convolutions of one kind.

        Sums and products need one number of channels: a convolution before them fixes it.
        """
        merge = self.pick("concat", "concat", "add", "multiply")
        filters = 0 if merge == "concat" else self.draw.randint(1, 6)
        branches = [self.branch(depth, merge, filters) for _ in range(self.draw.randint(2, 4))]
        if merge == "add":
            options = f"scale: {self.pick(1, 0.5, -2)}, activation: {self.function()}"
            merge = f"{{op: add, {options}}}"
        elif merge == "multiply":
            merge = f"{{op: multiply, activation: {self.function()}}}"
        part = f"{{branches: [{', '.join(branches)}], merge: {merge}}}"
        return [self.conv(True, filters), part] if filters else [part]

    def branch(self, depth: int, merge: str, filters: int) -> str:
        """The layers of one branch, which end in a number of filters; 0 for any number."""
        if self.chance(0.2):
            return "[]"
        layers = []
        if self.chance(0.4):
            shared = self.pick("none", "relu")
            own = self.draw.randint(1, 4)
            layers.append(self.layer("conv", kernel=1, filters=own, activation=shared))
        for _ in range(self.draw.randint(0, 2)):
            if depth and self.chance(0.25):
                layers += self.part(depth - 1)
            else:
                layers.append(self.map_layer(True))
        if filters:
            kernel = self.pick("1x1", "1x1", "3x3")
            more = {} if self.chance(0.6) else self.epilogue()
            layers.append(self.layer("conv", kernel=kernel, filters=filters, **more))
        if merge == "multiply" and self.chance(0.3):
            layers.append("{op: global_avg_pool}")
        return f"[{', '.join(layers)}]"

    def vector_layers(self) -> list[str]:
        """From a map to a vector, and what may follow."""
        start = self.pick(
            ["{op: global_avg_pool}"],
            ["{op: global_max_pool}"],
            ["{op: flatten}"],
            ["{op: global_avg_pool, keep_dims: true}", "{op: squeeze}"],
            ["{op: global_max_pool, keep_dims: true}", "{op: conv, kernel: 1, filters: 3}",
             "{op: squeeze}"],
        )  # fmt: skip
        layers = list(start)
        for _ in range(self.draw.randint(0, 3)):
            layers.append(
                self.pick(
                    self.layer("dense", units=self.draw.randint(1, 6), **self.epilogue()),
                    self.layer("dense", units=self.draw.randint(1, 6)),
                    f"{{op: batch_norm, {self.norm()[len('{op: batch_norm, ') : -1]}}}",
                    self.layer("activation", function=self.function_or_relu()),
                    self.layer("dropout", rate=0.2),
                    self.by_channel(),
                )
            )
        return layers

    def function_or_relu(self) -> str:
        function = self.function()
        return "relu" if function == "none" else function

    def connected(self, lines: Sequence[str]) -> list[str]:
        """The same lines by name, some of which read an earlier one, and lines that merge some."""
        found: list[str] = []
        names = ["input"]
        for line in lines:
            source = f"from: {self.pick(*names)}, " if self.chance(0.3) else ""
            name = f"L{len(names)}"
            found.append(f"{{name: {name}, {source}{line[1:]}")
            names.append(name)
            if self.chance(0.5):
                read = [self.pick(*names), self.pick(*names[-2:]), *names[-1:]]
                merge = self.pick("concat", "add", "multiply")
                name = f"L{len(names)}"
                given = f"name: {name}, from: [{', '.join(read[: self.pick(2, 2, 3)])}]"
                scale = f", scale: {self.pick(1, 0.5)}" if merge == "add" else ""
                found.append(f"{{op: {merge}, {given}{scale}}}")
                names.append(name)
        return found

    def text(self) -> str:
        size, channels = self.pick(*SIZES), self.draw.randint(1, 6)
        lines = []
        for _ in range(self.draw.randint(1, 6)):
            kind = self.draw.random()
            if kind < 0.25:
                lines += self.part(1)
            elif kind < 0.4:
                # What passes look for: a pool and a 1x1 convolution, in either order.
                pair = [self.pool(self.chance(0.5), "avg_pool"), self.conv(True, kernel="1x1")]
                lines += pair if self.chance(0.6) else pair[::-1]
            else:
                lines.append(self.map_layer(self.chance(0.5)))
        if self.chance(0.4):
            lines = self.connected(lines)
        if self.chance(0.3):
            lines += self.vector_layers()
        network = "".join(f"  - {line}\n" for line in lines)
        text = f"spec: 1\nname: t\ninput: {{size: {size}, channels: {channels}}}\n"
        return f"{text}network:\n{network}"


@dataclass(frozen=True)
class RandomNetwork:
    """A network, its weights, an image batch, and the outputs that are asked for."""

    text: str
    graph: Graph
    outputs: Sequence[str] | None
    weights: Mapping[tuple[str, str], Any]
    images: Any

    def plain(self) -> dict[str, Any]:
        """The outputs, computed with NumPy."""
        ends = resolve_outputs(self.graph, self.outputs)
        return outputs_of(self.graph, ends, self.weights, self.images)


def networks(seed: int, count: int) -> Iterator[RandomNetwork]:
    """Networks of which no two runs differ; drawn texts that do not fit are left out."""
    draw = random.Random(seed)
    found = 0
    while found < count:
        own = draw.getrandbits(32)
        text = _Drawn(random.Random(own)).text()
        try:
            graph = inceptionspec.load(text).graph
        except SpecError:
            continue
        found += 1
        yield _filled(text, graph, random.Random(own + 1))


def _filled(text: str, graph: Graph, draw: random.Random) -> RandomNetwork:
    outputs: tuple[str, ...] | None = None
    if draw.random() < 0.4:
        names = sorted(graph.names)
        outputs = tuple(sorted(draw.sample(names, min(len(names), draw.randint(1, 3)))))
    seed = draw.getrandbits(32)
    images = np.random.default_rng(seed).normal(size=(2, *map(int, graph.nodes[0].shape)))
    return RandomNetwork(text, graph, outputs, random_values(graph, seed), images)


def rewritings(network: RandomNetwork) -> Iterator[tuple[str, Rewritten]]:
    """The network after each pass alone, and after all of them."""
    for name in PASSES:
        yield name, rewrite(network.graph, network.outputs, {name: PASSES[name]})
    yield "all", rewrite(network.graph, network.outputs)


def deviations(network: RandomNetwork, expected: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """How far each rewriting is from what is expected, relative to each output's magnitude."""
    for name, found in rewritings(network):
        if found.steps:
            weights = evaluate(found.weights, network.weights)
            got = outputs_of(found.graph, found.outputs, weights, network.images)
            yield name, deviation(expected, got)


def deviation(expected: Mapping[str, Any], got: Mapping[str, Any]) -> float:
    """The largest difference over all outputs, relative to the magnitude of each."""
    assert expected.keys() == got.keys()
    worst = 0.0
    for name, value in expected.items():
        assert value.shape == got[name].shape
        magnitude = max(float(np.abs(value).max()), LEAST_MAGNITUDE)
        difference = float(np.abs(value - got[name]).max()) / magnitude
        worst = max(worst, difference if difference == difference else float("inf"))
    return worst
