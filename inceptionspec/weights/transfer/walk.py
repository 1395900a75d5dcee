"""All weights of a variant from those of its base, layer by layer, inputs first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Node
from inceptionspec.ir.traversal import ancestors
from inceptionspec.weights.transfer.channels import (
    NEW,
    Channels,
    new_channels,
    width,
)
from inceptionspec.weights.transfer.epilogue import can_be_identity, identity_norm
from inceptionspec.weights.transfer.inputs import take_inputs
from inceptionspec.weights.transfer.kernels import factorized, full_kernel, separated
from inceptionspec.weights.transfer.layers import (
    BECOMES,
    BY_CHANNEL,
    Arrays,
    CannotFollowError,
    Made,
    Pair,
    by_channel,
    channelwise,
    fresh,
    is_alike,
    product,
    with_epilogue,
)
from inceptionspec.weights.transfer.layout import filter_sizes, layout
from inceptionspec.weights.transfer.line_up import Factors, LineUp, output_layers
from inceptionspec.weights.transfer.passing import handed_on
from inceptionspec.weights.transfer.result import LayerTransfer, Step, Transferred
from inceptionspec.weights.transfer.sides import Sides


def transfer(
    base: LoadedSpec,
    variant: LoadedSpec,
    lined_up: LineUp,
    values: Mapping[tuple[str, str], Any],
    asked: Iterable[int],
    fresh_layers: Mapping[int, str] = MappingProxyType({}),
) -> Transferred:
    """The weights of a variant from those of its base, and what became of each layer.

    Args:
        base: the base, as its file of weights fits it.
        variant: the network to fill.
        lined_up: which layer of the base each layer of the variant is.
        values: the base's weights, by path and name, of those layers that are needed.
        asked: the numbers of the variant's layers.
        fresh_layers: those of them that start fresh whatever the base has, each with the reason.
    """
    return _Walk(base, variant, lined_up, values, fresh_layers).run(asked)


class _Walk:
    def __init__(
        self,
        base: LoadedSpec,
        variant: LoadedSpec,
        lined_up: LineUp,
        values: Mapping[tuple[str, str], Any],
        fresh_layers: Mapping[int, str],
    ) -> None:
        self.sides = Sides(base.graph, variant.graph, lined_up)
        self.old, self.new = base.graph, variant.graph
        self.lined_up, self.meanings = lined_up, self.sides.meanings
        self.channels = self.sides.channels
        self.values = values
        self.fresh_layers = fresh_layers
        self.outputs = output_layers(self.new)
        self.arrays: dict[tuple[str, str], Any] = {}
        self.layers: list[LayerTransfer] = []
        self.first = {pair.first: second for second, pair in lined_up.factors.items()}
        self.halves: dict[int, tuple[Made, bool]] = {}

    def run(self, asked: Iterable[int]) -> Transferred:
        """Every layer that some layers depend on, and these."""
        walked = ancestors(self.new.nodes, asked)
        for index in walked:
            node = self.new.nodes[index]
            self.channels[index] = (
                self.weighted(node) if node.weights else handed_on(self.sides, node)
            )
        ends = {head.name: head.output for head in self.new.heads} or {"": len(self.new.nodes) - 1}
        outputs = {
            name: self.is_output_of_base(name, index)
            for name, index in ends.items()
            if index in self.channels
        }
        return Transferred(self.old.name, self.arrays, tuple(self.layers), self.removed(), outputs)

    def removed(self) -> tuple[str, ...]:
        """The layers of the base with weights that none of the variant's is or stands for."""
        taken = self.lined_up.needed(range(len(self.new.nodes)))
        return tuple(
            node.path for node in self.old.nodes if node.weights and node.index not in taken
        )

    def is_output_of_base(self, name: str, index: int) -> bool:
        """Whether an output is, at inference, what the base puts out under its name."""
        ends = {head.name: head.output for head in self.old.heads} or {"": len(self.old.nodes) - 1}
        if name not in ends:
            return False
        ids, same = self.channels[index]
        wanted = self.meanings.ids[ends[name]]
        return len(ids) == len(wanted) and bool((ids == wanted).all() and same.all())

    # Layers with weights

    def weighted(self, node: Node) -> Channels:
        """The weights of a layer, and what it hands on."""
        if node.index in self.first:
            return self.first_factor(node)
        if node.index in self.lined_up.factors:
            return self.second_factor(node, self.lined_up.factors[node.index])
        base = self.sides.counterpart(node)
        given = self.channels[node.inputs[0]]
        if node.index in self.fresh_layers:
            return self.start(node, base, self.fresh_layers[node.index])
        if base is None and node.op == "batch_norm" and can_be_identity(node.attributes):
            arrays = identity_norm(node.attributes, width(node))
            self.put(node, None, arrays, Step("norm", "a new norm starts as the identity"))
            return given
        if base is None:
            return self.start(node, None, "not in the base")
        if not base.weights:
            return self.start(node, None, f"a `{base.op}` in the base")
        if node.op not in BECOMES[base.op]:
            return self.start(node, base, f"a `{base.op}` became a `{node.op}`")
        if node.index in self.outputs and width(node) != width(base):
            what = "classes" if self.new.heads else "outputs"
            return self.start(
                node, base, f"another number of {what}: {width(base)} to {width(node)}"
            )
        stored = self.stored(base)
        norm = self.lined_up.norms.get(node.index)
        norm_stored = None if norm is None else self.stored(self.old.nodes[norm])
        if stored is None or (norm is not None and norm_stored is None):
            return self.start(node, base, "the file has no weights for it")
        pair = self.pair(node, base, stored)
        if norm is not None and norm_stored is not None:
            pair = pair._replace(norm=(self.old.nodes[norm], norm_stored))
        if (pair.found.source == NEW).all() and not pair.mixed.any():
            return self.start(node, base, self.why_unread(node, base))
        try:
            made = self.made(node, base, pair)
        except CannotFollowError as error:
            return self.start(node, base, str(error))
        return self.keep(node, base, made)

    def made(self, node: Node, base: Node, pair: Pair) -> Made:
        """The weights of a layer that has a counterpart."""
        if node.op in ("batch_norm", "depthwise_conv") and base.op == node.op:
            return channelwise(pair)
        if node.op in BY_CHANNEL:
            return by_channel(pair)
        return product(pair, lambda sizes: layout(self.sides, node, base, sizes))

    def keep(self, node: Node, base: Node, made: Made) -> Channels:
        """Take over what was made, and say so."""
        steps = list(made.steps)
        if self.reads_input(node) and width(self.old.nodes[0]) != width(self.new.nodes[0]):
            steps = [self.of_depth(step) for step in steps]
        self.put(node, base, made.arrays, *steps)
        stands_for = self.lined_up.norms.get(node.index, base.index)
        ids = self.meanings.ids[stands_for]
        handed = np.where(made.source == NEW, NEW, ids[np.maximum(made.source, 0)])
        return Channels(handed, made.same)

    def reads_input(self, node: Node) -> bool:
        """Whether a layer reads the network's input, through layers that pass it on."""
        ids = self.channels[node.inputs[0]].ids
        return bool((self.meanings.of_input(ids) | (ids == self.meanings.mixed)).any())

    def of_depth(self, step: Step) -> Step:
        """A step of a layer that reads pictures of another depth."""
        if step.kind not in ("depth", "inputs", "moved"):
            return step
        step = step._replace(kind="depth")
        if 1 not in (width(self.old.nodes[0]), width(self.new.nodes[0])):
            return step
        if self.greys_agree():
            return step._replace(words=f"{step.words}; exact for grey pictures")
        return step._replace(words=f"{step.words}; means differ between channels", exact=False)

    def greys_agree(self) -> bool:
        """Whether a grey picture has one value in all channels after preprocessing."""
        old, new = self.old.preprocessing, self.new.preprocessing
        if old is None or new is None:
            return old is None or len({*old.mean}) == len({*old.std}) == 1
        return (
            len({*old.mean, *new.mean}) == 1
            and len({*old.std, *new.std}) == 1
            and old.scale == new.scale
        )

    def pair(self, node: Node, base: Node, stored: Arrays) -> Pair:
        """A layer next to its counterpart."""
        given = self.channels[node.inputs[0]]
        return Pair(
            base,
            node,
            (self.old.nodes[base.inputs[0]], self.new.nodes[node.inputs[0]]),
            stored,
            self.sides.found(base, given),
            given.ids == self.meanings.mixed,
            self.meanings.of_input(self.meanings.ids[base.inputs[0]]),
        )

    def why_unread(self, node: Node, base: Node) -> str:
        """Why nothing that a layer reads is known."""
        before, after = (self.old.nodes[base.inputs[0]], self.new.nodes[node.inputs[0]])
        if after.op == "flatten" and before.op == "flatten":
            return "the map before the flatten has another size"
        return "it reads other channels"

    def stored(self, base: Node) -> Arrays | None:
        """The base's arrays of a layer; None where one is missing."""
        keys = [(base.path, weight.name) for weight in base.weights]
        if any(key not in self.values for key in keys):
            return None
        return {name: self.values[path, name] for path, name in keys}

    def put(self, node: Node, base: Node | None, arrays: Arrays, *steps: Step) -> None:
        """Note a layer's weights, and what was done."""
        for weight in node.weights:
            value = np.asarray(arrays[weight.name], np.float32).reshape(weight.shape)
            self.arrays[node.path, weight.name] = value
        self.layers.append(LayerTransfer(node.path, base.path if base else None, tuple(steps)))

    def start(self, node: Node, base: Node | None, why: str) -> Channels:
        """Start a layer fresh. It stands for its counterpart, so that its readers keep theirs."""
        self.put(node, base, fresh(node), Step("fresh", why, False))
        channels = new_channels(width(node))
        if base is not None and node.index not in self.outputs:
            ids = self.meanings.ids[base.index][: width(node)]
            channels.ids[: len(ids)] = ids
        return channels

    # Two layers in the place of one

    def first_factor(self, node: Node) -> Channels:
        """The first of two layers; the second is made with it."""
        second = self.new.nodes[self.first[node.index]]
        factors = self.lined_up.factors[second.index]
        base = self.old.nodes[factors.base]
        stored = self.stored(base)
        asked = self.fresh_layers.get(node.index) or self.fresh_layers.get(second.index)
        why = asked or factors.why or ("" if stored else "the file has no weights for it")
        pair = self.pair(node, base, stored or {})
        if not why and (pair.found.source == NEW).all():
            why = self.why_unread(node, base)
        if why or stored is None:
            return self.start(node, None, why)
        full = full_kernel(base, stored)
        source = layout(self.sides, second, base, partial(filter_sizes, full, stored, base))
        taken = take_inputs(full, pair.found, pair.mixed, pair.summed)
        kernel = taken.kernel[..., source]
        if factors.way == "depthwise first":
            one, two, step = separated(kernel, node.attributes["depth_multiplier"])
        else:
            rows = factors.way == "rows first"
            one, two, step = factorized(kernel, width(node), rows_first=rows)
        name = node.weights[0].name
        arrays: Arrays = {name: one}
        if node.attributes["bias"]:
            arrays["bias"] = np.zeros(width(node))
        if node.attributes["norm"] is not None:
            arrays |= identity_norm(node.attributes["norm"], width(node))
        self.put(node, base, arrays, step, *taken.steps)
        whole = with_epilogue(
            pair._replace(variant=second), {"kernel": two}, "kernel", source, [step], step.exact
        )
        self.halves[second.index] = (whole, taken.same)
        return new_channels(width(node))

    def second_factor(self, node: Node, factors: Factors) -> Channels:
        """The second of two layers."""
        base = self.old.nodes[factors.base]
        if node.index not in self.halves:
            why = next(row for row in self.layers if row.path == self.new.nodes[factors.first].path)
            return self.start(node, base, why.words)
        made, faithful = self.halves[node.index]
        alike = faithful and is_alike(base, node)
        return self.keep(node, base, made._replace(same=made.same & alike))
