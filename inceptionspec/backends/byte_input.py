"""Preprocessing inside a model: what it does to bytes, and the weights that go with it.

An input is ``(byte * scale - mean) / std``, which is ``(byte - minus) * times``. The first
convolution is linear, so that ``times`` and the order of channels can be part of its kernel, and
``minus`` part of its bias or norm. The latter holds only where no window reaches into padding: its
zeros stand for the mean of the pictures, not for bytes of 0. So each step is folded where that is
exact up to rounding and is an operator of its own elsewhere, and ``notes`` say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import Pads
from inceptionspec.ops.window import padding_pixels, slide

Values = Mapping[tuple[str, str], Any]
_UNFOLDED = "scale, mean and the order of channels are not folded"


@dataclass(frozen=True, slots=True)
class ByteInput:
    """From bytes, channels in the order RGB, to what the first layer reads.

    The steps are ``minus``, ``times``, ``reverse``, in this order.

    Attributes:
        values: the weights of the network, those of the first convolution changed where a step
            is folded into them.
        minus: what is subtracted from each channel; None where nothing is.
        times: what each channel is multiplied by; None where it is not.
        reverse: whether channels are reversed.
        notes: what is folded, what is not, and why: a sentence each.
    """

    values: Values
    minus: Any
    times: Any
    reverse: bool
    notes: tuple[str, ...]


def byte_input(
    graph: Graph, values: Values, ends: Mapping[str, int], preprocessing: Preprocessing
) -> ByteInput:
    """What a model does to bytes, and its weights.

    Args:
        graph: the network.
        values: its weights, by path and name, in TensorFlow's layout.
        ends: the nodes that are asked for, by name.
        preprocessing: what the network expects of its input.

    Raises:
        SpecError: the preprocessing is of another number of channels (E0805).
    """
    minus, times, reverse = _steps(graph, preprocessing)
    reader = _reader(graph, ends)
    if reader is None:
        why = "the first layer is no plain convolution, or more than one layer reads the picture"
        return ByteInput(values, minus, times, reverse, (f"{_UNFOLDED}: {why}",))
    return _Folding(graph, values, reader, minus, times, reverse).result()


def unfolded_input(graph: Graph, preprocessing: Preprocessing) -> ByteInput:
    """What a model in integers does to bytes: its weights are settled, and take no step over.

    Raises:
        SpecError: as ``byte_input``.
    """
    return ByteInput({}, *_steps(graph, preprocessing), (f"{_UNFOLDED}: weights are integers",))


def _steps(graph: Graph, preprocessing: Preprocessing) -> tuple[Any, Any, bool]:
    """What is subtracted from bytes, what they are multiplied by, whether channels turn round."""
    mean, std = (_per_channel(graph, preprocessing, name) for name in ("mean", "std"))
    reverse = preprocessing.channel_order == "BGR"
    if reverse:
        mean, std = mean[::-1], std[::-1]
    minus = mean / preprocessing.scale if mean.any() else None
    return minus, preprocessing.scale / std, reverse


def _per_channel(graph: Graph, preprocessing: Preprocessing, name: str) -> Any:
    given = preprocessing.mean if name == "mean" else preprocessing.std
    channels = graph.nodes[0].shape[-1]
    if len(given) != channels:
        raise spec_error(
            "E0805",
            f"the preprocessing has a `{name}` of {len(given)} numbers, "
            f"the input of `{sanitize(graph.name)}` has {channels} channels",
            f"preprocessing.{name}={list(given)}",
        )
    return np.array(given, "float64")


@dataclass(frozen=True, slots=True)
class _Reader:
    """The convolution that alone reads the picture, and the zeros around the picture there."""

    node: Node
    pads: Pads | None


def _reader(graph: Graph, ends: Mapping[str, int]) -> _Reader | None:
    """The first convolution, layers before it that only frame the picture aside."""
    needed = ancestors(graph.nodes, ends.values())
    around, index = (0, 0, 0, 0), 0
    while True:
        readers = [at for at in needed if index in graph.nodes[at].inputs]
        if index in ends.values() or len(readers) != 1:
            return None
        index = readers[0]
        node = graph.nodes[index]
        if node.op == "pad" and node.attributes["mode"] == "zeros":
            around = _sum(around, node.attributes["padding"])
        elif node.op == "separable_conv" or (node.op == "conv" and node.attributes["groups"] == 1):
            own = padding_pixels(node.attributes, graph.nodes[node.inputs[0]].shape)
            return _Reader(node, None if own is None else _sum(around, own))
        elif node.op not in ("dropout", "drop_path"):
            return None


def _sum(one: Pads, other: Pads) -> Pads:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


class _Folding:
    """The first convolution with the steps that it takes over."""

    def __init__(
        self, graph: Graph, values: Values, reader: _Reader, minus: Any, times: Any, reverse: bool
    ) -> None:
        self.graph = graph
        self.node = reader.node
        self.pads = reader.pads
        self.minus = minus
        self.times = times
        self.reverse = reverse
        self.values = dict(values)

    def result(self) -> ByteInput:
        """What is left to do before the convolution, and the weights."""
        path = self.node.path
        plain = self.node.op == "conv"
        name = "kernel" if plain else "depthwise_kernel"
        # Channels of the picture are in the order RGB, those of the kernel in the network's.
        order = slice(None, None, -1) if self.reverse else slice(None)
        kernel = self.values[path, name] * self.times[order][:, None]
        self.values[path, name] = kernel[:, :, order] if plain else kernel
        reversed_before = self.reverse and not plain
        notes = [f"scale{' and the order of channels are' if self.reverse and plain else ' is'} "
                 f"folded into the kernel of `{sanitize(path)}`"]  # fmt: skip
        if reversed_before:
            notes.append("channels are reversed before it")
        minus = self.minus
        if minus is not None:
            folded, note = self._subtraction(minus[order] if reversed_before else minus)
            notes.append(note)
            minus = None if folded else minus
        return ByteInput(self.values, minus, None, reversed_before, tuple(notes))

    def _subtraction(self, minus: Any) -> tuple[bool, str]:
        """Fold what is subtracted where that is exact; whether it was, and why."""
        attributes, path = self.node.attributes, self.node.path
        changes = np.einsum("hwio,i->hwo", self._kernel(), minus)
        if self.pads is None or any(self.pads):
            return False, f"the mean is subtracted before it, {self._padding_error(changes)}"
        whole = changes.sum((0, 1))
        if attributes["bias"]:
            self.values[path, "bias"] = self.values[path, "bias"] - whole
        elif attributes["norm"] is not None:
            self.values[path, "moving_mean"] = self.values[path, "moving_mean"] + whole
        else:
            return False, "the mean is subtracted before it, since it has no bias"
        return True, "the mean is folded into its bias or norm"

    def _kernel(self) -> Any:
        """The kernel, or that of the one convolution which a separable one amounts to."""
        if self.node.op == "conv":
            return self.values[self.node.path, "kernel"]
        depthwise = self.values[self.node.path, "depthwise_kernel"]
        pointwise = self.values[self.node.path, "pointwise_kernel"]
        channels, multiplier = depthwise.shape[2:]
        return np.einsum("hwim,imo->hwio", depthwise, pointwise.reshape(channels, multiplier, -1))

    def _padding_error(self, changes: Any) -> str:
        """What folding would do to sums whose windows reach into padding."""
        height, width, _ = self.graph.nodes[0].shape
        reason = "since its padding stands for the mean"
        if self.pads is None or height is None or width is None:
            return reason
        given = self.node.attributes
        framed = (height + sum(self.pads[:2]), width + sum(self.pads[2:]), 3)
        count = slide({**given, "padding": "valid"}, [framed])
        worst = 0.0
        whole = changes.sum((0, 1))
        for rows in self._inside(0, height, count[0]):
            for columns in self._inside(1, width, count[1]):
                missing = whole - changes[rows][:, columns].sum((0, 1))
                worst = max(worst, float(np.abs(missing).max()))
        return f"{reason}: folded, it would change its sums at the borders by up to {worst:.3g}"

    def _inside(self, axis: int, size: int, count: int | None) -> list[slice]:
        """The rows or columns of the window that lie in the picture, wherever it stands."""
        given = self.node.attributes
        before = (self.pads or (0, 0, 0, 0))[2 * axis]
        stride, window, dilation = (given[name][axis] for name in ("stride", "kernel", "dilation"))
        found = set()
        for place in range(count or 0):
            start = place * stride - before
            inside = [at for at in range(window) if 0 <= start + at * dilation < size]
            found.add((inside[0], inside[-1] + 1) if inside else (0, 0))
        return [slice(*bounds) for bounds in sorted(found)]
