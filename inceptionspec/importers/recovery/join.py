"""Norms, activations and paddings that stand alone become attributes of the layer before them.

Only where that computes the same: the order is product, bias, norm, activation, and nothing else
reads what is in between.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.language.forms import PREDICTIONS
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.recovery.layer import INPUT, Layer, input_shapes, settled
from inceptionspec.ops import OPS
from inceptionspec.ops.record import OperatorError, Pads, Shape
from inceptionspec.ops.transposed import transposed_crop

#: Functions that yield nothing below zero.
_NOT_NEGATIVE = frozenset(("relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus"))
#: Operators that yield nothing below zero where nothing below zero comes in.
_KEEP_SIGN = frozenset(("max_pool", "avg_pool", "concat", "dropout", "pad", "drop_path"))


def joined(network: ImportedNetwork) -> tuple[list[Layer], list[int]]:
    """The layers that its outputs need, epilogues joined, and the indices of the outputs.

    Raises:
        SpecError: a layer cannot read what comes in (E0740).
    """
    return _Joiner(network).result()


class _Joiner:
    def __init__(self, network: ImportedNetwork) -> None:
        self.network = network
        self.shape: Shape = (*network.size, network.channels)
        needed = _needed(network)
        self.read = [layer for layer in network.layers if layer.name in needed]
        self.readers = Counter(name for layer in self.read for name in layer.inputs)
        self.readers.update(network.outputs)
        self.layers: list[Layer] = []
        self.at: dict[str, int] = {"": INPUT}
        self.gone: set[int] = set()

    def result(self) -> tuple[list[Layer], list[int]]:
        for imported in self.read:
            before = self._sole(imported)
            if before is None or not self._joins(imported, before):
                self._append(imported)
        return self._compact()

    def _sole(self, imported: ImportedLayer) -> int | None:
        """The layer that it reads, if that has no other reader."""
        if len(imported.inputs) != 1 or self.readers[imported.inputs[0]] != 1:
            return None
        index = self.at[imported.inputs[0]]
        return None if index == INPUT else index

    def _joins(self, imported: ImportedLayer, index: int) -> bool:
        """Make a layer an attribute of the one before it, if it can be one."""
        layer = self.layers[index]
        attributes = settled(OPS[imported.op], imported.attributes)
        if imported.op == "batch_norm":
            if layer.attributes.get("norm", "") is not None:
                return False
            if layer.attributes["activation"] is not None:
                return False
            layer.attributes["norm"] = attributes
        elif imported.op == "activation":
            if layer.attributes.get("activation", "") is not None:
                return False
            if not self._takes(layer, attributes, imported.name):
                return False
            layer.attributes["activation"] = attributes["function"]
        elif imported.op == "crop":
            if not self._cuts(layer, attributes["pixels"]):
                return False
        else:
            return False
        layer.weights.update(imported.weights)
        layer.sources.append(imported.name)
        self.at[imported.name] = index
        return True

    def _takes(self, layer: Layer, attributes: dict[str, Any], name: str) -> bool:
        """Whether a function can be an attribute of a layer; predictions stay apart."""
        if name in self.network.outputs and attributes["function"] in PREDICTIONS:
            return False
        function = next(a.kind for a in OPS["activation"].attributes).write(attributes["function"])
        kind = next(a.kind for a in layer.record.attributes if a.name == "activation")
        return admits(kind, function)

    def _cuts(self, layer: Layer, pixels: Pads) -> bool:
        """Let a transposed convolution cut off more of what it makes, if it is no norm's yet."""
        attributes = layer.attributes
        if layer.op != "conv_transpose" or attributes["norm"] or attributes["activation"]:
            return False
        cut = tuple(a + b for a, b in zip(transposed_crop(attributes), pixels, strict=True))
        if min(cut) < 0:
            return False
        attributes["padding"] = cut
        layer.follow(input_shapes(self.layers, layer, self.shape))
        return True

    def _append(self, imported: ImportedLayer) -> None:
        layer = Layer(
            imported.name,
            [imported.name],
            imported.op,
            settled(OPS[imported.op], imported.attributes),
            tuple(self.at[name] for name in imported.inputs),
            dict(imported.weights),
        )
        before = self._sole(imported)
        if before is not None and self.layers[before].op == "pad":
            self._pad(layer, before)
        try:
            layer.follow(input_shapes(self.layers, layer, self.shape))
        except OperatorError as error:
            raise SpecError([_misfit(self.network, imported, error)]) from None
        self.at[imported.name] = len(self.layers)
        self.layers.append(layer)

    def _pad(self, layer: Layer, index: int) -> None:
        """Take the pixels of a padding into the window that reads it, where that is the same."""
        pad = self.layers[index]
        own = layer.attributes.get("padding")
        if pad.attributes.get("mode", "zeros") != "zeros" or own is None or own == "same":
            return
        pixels = (0, 0, 0, 0) if own == "valid" else own
        total = tuple(a + b for a, b in zip(pad.attributes["padding"], pixels, strict=True))
        if layer.op == "max_pool":
            reach = layer.attributes["kernel"]
            fits = all(total[2 * axis + end] < reach[axis] for axis in (0, 1) for end in (0, 1))
            if not (fits and self._not_negative(pad.inputs[0])):
                return
        elif layer.op == "avg_pool":
            if layer.attributes.get("ceil") or pixels != (0, 0, 0, 0):
                return
            layer.attributes["count_padding"] = True
        elif layer.op not in ("conv", "depthwise_conv", "separable_conv"):
            return
        layer.attributes["padding"] = total
        layer.inputs = pad.inputs
        layer.sources[:0] = pad.sources
        self.gone.add(index)

    def _not_negative(self, index: int) -> bool:
        """Whether nothing below zero can come out of a layer."""
        waiting, seen = [index], set[int]()
        while waiting:
            index = waiting.pop()
            if index == INPUT:
                return False
            if index in seen:
                continue
            seen.add(index)
            layer = self.layers[index]
            function = layer.attributes.get("activation") or layer.attributes.get("function")
            if function in _NOT_NEGATIVE or layer.op == "softmax":
                continue
            if function is not None or layer.op not in _KEEP_SIGN:
                return False
            waiting += layer.inputs
        return True

    def _compact(self) -> tuple[list[Layer], list[int]]:
        """The layers without those that were joined into others."""
        number = {INPUT: INPUT}
        kept: list[Layer] = []
        for index, layer in enumerate(self.layers):
            if index not in self.gone:
                number[index] = len(kept)
                layer.inputs = tuple(number[i] for i in layer.inputs)
                kept.append(layer)
        return kept, [number[self.at[name]] for name in self.network.outputs]


def _needed(network: ImportedNetwork) -> set[str]:
    """The names of the layers that some output depends on."""
    inputs = {layer.name: layer.inputs for layer in network.layers}
    needed: set[str] = set()
    waiting = list(network.outputs)
    while waiting:
        name = waiting.pop()
        if name and name not in needed:
            needed.add(name)
            waiting += inputs[name]
    return needed


def _misfit(network: ImportedNetwork, layer: ImportedLayer, error: OperatorError) -> Diagnostic:
    return Diagnostic(
        "E0740",
        f"the layer `{shortened(layer.name)}` cannot read what comes in: {error.message}",
        Label(external(network.source), error.label),
    )
