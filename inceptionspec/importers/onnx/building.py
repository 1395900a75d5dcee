"""An imported network in the making, and the operator of the file that is read now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inceptionspec.frontend.language.value_check import admits
from inceptionspec.importers.imported_network import ImportedLayer
from inceptionspec.importers.onnx.model import Node
from inceptionspec.importers.onnx.tensors import (
    CHANNELS,
    DUMMY,
    FIRST,
    HEIGHT,
    VECTOR,
    WIDTH,
    Constant,
    Labels,
    Sizes,
    Tensor,
    Value,
)
from inceptionspec.importers.problems import RefusedError
from inceptionspec.importers.shapes import layer_shape, layer_weights, without_defaults
from inceptionspec.ops import OPS
from inceptionspec.ops.record import OperatorError, Shape, shape_text

_MOST_FOLDED = 1 << 16
"""Numbers of a constant that is read to be looked at."""


class Network:
    """The layers of an imported network.

    Attributes:
        layers: by name.
        values: what the names of the graph stand for.
        readers: how often the graph reads each of its names.
        notes: what the file says that a spec cannot hold.
        opset: the version of ONNX's operators.
        is_untrained: whether all norms are as they start.
    """

    def __init__(self, opset: int, readers: Counter[str]) -> None:
        self.layers: dict[str, ImportedLayer] = {}
        self.shapes: dict[str, Shape] = {}
        self.values: dict[str, Value] = {}
        self.readers = readers
        self.notes: dict[str, None] = {}
        self.opset = opset
        self.is_untrained = False
        self.twins: dict[str, str] = {}
        #: The windows of pools that a convolution was read as.
        self.windows: dict[str, Mapping[str, Any]] = {}
        #: Of layers that multiply and add numbers for each channel: the factors and the offsets.
        self.lines: dict[str, tuple[Constant | None, Constant | None]] = {}

    def add(
        self,
        name: str,
        op: str,
        attributes: Mapping[str, Any],
        inputs: Sequence[Tensor],
        weights: Mapping[str, Constant] | None = None,
    ) -> tuple[str, Shape]:
        """Add a layer; the result is its name and the shape of what it yields.

        Raises:
            RefusedError: it does not fit what it reads, or its arrays do not fit it.
        """
        kinds = {attribute.name: attribute.kind for attribute in OPS[op].attributes}
        for key, value in attributes.items():
            if not admits(kinds[key], value):
                reason = f"`{key}: {value}` of `{op}` must be {kinds[key].expected}"
                raise RefusedError("E0722", reason)
        given = without_defaults(op, attributes)
        shapes = [tensor.shape for tensor in inputs]
        try:
            shape = layer_shape(op, given, shapes)
            for weight in layer_weights(op, given, shapes):
                held = (weights or {}).get(weight.name)
                if held is None or held.shape != weight.shape:
                    what = "is missing" if held is None else f"is {shape_text(held.shape)}"
                    needed = f", and the layer needs {shape_text(weight.shape)}" if held else ""
                    raise RefusedError("E0724", f"the weight `{weight.name}` {what}{needed}")
        except OperatorError as error:
            raise RefusedError(error.code, f"`{op}`: {error.message}") from None
        name = self._free(name)
        sources = tuple(self.named(tensor) for tensor in inputs)
        arrays = {key: held.read for key, held in (weights or {}).items()}
        self.layers[name] = ImportedLayer(name, op, given, sources, arrays)
        self.shapes[name] = shape
        return name, shape

    def named(self, tensor: Tensor) -> str:
        """The layer that yields a tensor.

        Raises:
            RefusedError: none does: it is a step of a function that was not recognized.
        """
        if tensor.layer is None:
            raise RefusedError("E0721", "a step of a function that no operator here is")
        return tensor.layer

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self.layers or not free:
            number += 1
            free = f"{name}_{number}"
        return free

    def is_read_once(self, tensor: str) -> bool:
        """Whether the graph reads a name once, and does not put it out."""
        return self.readers[tensor] == 1

    def changed(self, name: str, attributes: Mapping[str, Any], **weights: Constant) -> None:
        """Give a layer other attributes and further arrays."""
        layer = self.layers[name]
        arrays = {**layer.weights, **{key: held.read for key, held in weights.items()}}
        given = without_defaults(layer.op, {**layer.attributes, **attributes})
        self.layers[name] = replace(layer, attributes=given, weights=arrays)

    def as_map(self, tensor: Tensor) -> Tensor | None:
        """A vector from a pool of a whole map as the map of 1x1 that the file has; None for others.

        The pool is made twice, and the one that nothing reads is left out in the end.
        """
        layer = self.layers.get(tensor.layer or "")
        if layer is None or layer.op not in ("global_avg_pool", "global_max_pool"):
            return None
        twin = self.twins.get(layer.name)
        if twin is None:
            twin = self.twins[layer.name] = self._free(f"{layer.name}/map")
            given = {**layer.attributes, "keep_dims": True}
            self.layers[twin] = replace(layer, name=twin, attributes=given)
        return Tensor(twin, (1, 1, tensor.shape[-1]), FIRST)


class Operator:
    """An operator of the file that is imported now.

    Attributes:
        node: the operator.
        network: takes layers.
    """

    def __init__(self, node: Node, network: Network) -> None:
        self.node = node
        self.network = network
        self._asked: set[str] = set()

    # What it reads

    def value(self, at: int) -> Value | None:
        """What is read at a place; None where nothing is."""
        name = self.node.inputs[at] if at < len(self.node.inputs) else ""
        if not name:
            return None
        found = self.network.values.get(name)
        if found is None:
            raise RefusedError("E0722", f"reads `{name}`, which could not be read")
        return found

    def tensor(self, at: int = 0, *, framed: bool = False) -> Tensor:
        """The tensor that is read at a place.

        Raises:
            RefusedError: it is none, or has minus infinity around it, which ``framed`` admits.
        """
        found = self.value(at)
        if isinstance(found, Tensor) and any(found.framed) and not framed:
            raise RefusedError("E0722", "a map padded with minus infinity is no pool's input")
        if not isinstance(found, Tensor):
            raise RefusedError("E0722", f"input {at + 1} of `{self.node.kind}` is a constant")
        return found

    def constant(self, at: int) -> Constant:
        """The array that is read at a place.

        Raises:
            RefusedError: it is no array of the file.
        """
        found = self.value(at)
        if not isinstance(found, Constant):
            raise RefusedError("E0722", f"input {at + 1} of `{self.node.kind}` is no constant")
        return found

    def numbers(self, at: int) -> tuple[int | str | None, ...] | None:
        """The whole numbers that are read at a place, as axes and sizes are; None for none."""
        found = self.value(at)
        if found is None:
            return None
        if isinstance(found, Sizes):
            return found.values
        return tuple(int(number) for number in np.ravel(self._small(self.constant(at))))

    def whole(self, name: str, at: int) -> tuple[int, ...] | None:
        """Whole numbers that older operator sets have as an attribute, newer ones as an input."""
        given = self.given(name, None)
        if given is not None:
            return tuple(given) if isinstance(given, tuple) else (given,)
        numbers = self.numbers(at)
        if numbers is None:
            return None
        if not all(isinstance(number, int) for number in numbers):
            raise RefusedError("E0722", f"`{name}` of `{self.node.kind}` depends on an open size")
        return tuple(number for number in numbers if isinstance(number, int))

    def number(self, at: int) -> float | None:
        """The single number that is read at a place; None where nothing is."""
        if self.value(at) is None:
            return None
        numbers = np.ravel(self._small(self.constant(at)))
        if len(numbers) != 1:
            raise RefusedError("E0722", f"input {at + 1} of `{self.node.kind}` is no single number")
        return plain(float(numbers[0]))

    @staticmethod
    def _small(constant: Constant) -> Any:
        if constant.size > _MOST_FOLDED:
            raise RefusedError("E0722", f"`{constant.name}` is too large for what it is used as")
        return constant.read()

    # Attributes

    def given(self, name: str, default: Any) -> Any:
        """An attribute, or what it is where the file does not say."""
        self._asked.add(name)
        return self.node.attributes.get(name, default)

    def only(self, **values: Any) -> None:
        """Refuse attributes that have another value than these.

        Raises:
            RefusedError: one has.
        """
        for name, value in values.items():
            given = self.given(name, value)
            if given != value:
                raise self.refused(f"`{name}` {_shown(given)}, and {_shown(value)} is read")

    def check_all_known(self) -> None:
        """Refuse attributes that nothing asked for.

        Raises:
            RefusedError: there is one.
        """
        for name in self.node.attributes:
            if name not in self._asked:
                raise self.refused(f"an attribute `{name}`, which is not read")

    def refused(self, what: str) -> RefusedError:
        """What to raise where the operator has something that no operator here has."""
        return RefusedError("E0722", f"`{self.node.kind}` has {what}")

    # What it yields

    @property
    def name(self) -> str:
        """What its layer is called."""
        return self.node.name

    def layer(
        self,
        op: str,
        attributes: Mapping[str, Any],
        inputs: Sequence[Tensor],
        weights: Mapping[str, Constant] | None = None,
        *,
        labels: Labels | None = None,
        name: str = "",
    ) -> Tensor:
        """The tensor that a layer yields, with the axes of its first input unless given."""
        made, shape = self.network.add(name or self.name, op, attributes, inputs, weights)
        own = inputs[0].labels if labels is None else labels
        return Tensor(made, shape, own)

    def map_first(self, at: int = 0, *, framed: bool = False) -> Tensor:
        """The map that an operator of ONNX reads: batch x channels x height x width.

        Raises:
            RefusedError: it is none.
        """
        tensor = self.tensor(at, framed=framed)
        if not tensor.is_map and tensor.labels in (
            (*VECTOR, DUMMY, DUMMY),
            (*VECTOR, HEIGHT, WIDTH),
        ):
            tensor = self.network.as_map(tensor) or tensor
        if tensor.labels != FIRST or not tensor.is_map:
            raise self.refused("an input that is no map of batch x channels x height x width")
        return tensor


def plain(number: float) -> float | int:
    """A number as a person would write it, if single precision cannot tell the difference."""
    if not np.isfinite(number):
        return number
    short = float(str(np.float32(number)))
    if np.float32(short) == np.float32(number):
        number = short
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def channels_alone(tensor: Tensor, constant: Constant) -> bool:
    """Whether a constant has a number for each channel of a tensor, and no other axis."""
    labels = tensor.labels[len(tensor.labels) - len(constant.shape) :]
    if len(constant.shape) > len(tensor.labels):
        return False
    return all(
        side == (tensor.shape[-1] if label == CHANNELS else 1)
        for label, side in zip(labels, constant.shape, strict=True)
    )


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
