"""Which operators of a model compute in integers, and which tensors share a grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inceptionspec.quantization.operators import ARITHMETIC, CLAMPS, MOVING, PRODUCTS

#: An operator of an ONNX model.
Operator = Any


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a model.

    Attributes:
        integer: the names of the operators that compute in integers.
        groups: for each tensor that gets a grid, a name for the tensors that share it.
        measured: the tensors whose ranges make the grids.
        clamps: the names of operators that do nothing where the grid of what they yield ends
            where they cut off: what they read has that grid, too.
    """

    integer: frozenset[str]
    groups: Mapping[str, str]
    measured: tuple[str, ...]
    clamps: frozenset[str]


def plan_of(model: Any, stays_float: Callable[[str], bool]) -> Plan:
    """Decide what computes in integers.

    A product does unless it is told to stay. Arithmetic without weights does where all that it
    reads has a grid already. What yields an output of the network stays in float32 if nothing else
    reads it: 8 bits are few for logits. A ``Gemm`` yields float32 from integers, no other operator.

    Args:
        model: an ONNX model of ours, in float32.
        stays_float: whether an operator, by its name, stays in float32.
    """
    wiring = _Wiring(model)
    free = {node.name for node in wiring.nodes if not stays_float(node.name)}
    products = {node.name for node in wiring.nodes if _has_weights(wiring, node)} & free
    sums = {node.name for node in wiring.nodes if _is_arithmetic(wiring, node)} & free
    clamps = {
        node.name
        for node in wiring.nodes
        if node.op_type in CLAMPS and _only_of(wiring, node, products | sums)
    }
    groups = _Groups()
    for node in wiring.nodes:
        if _is_moving(wiring, node) or node.name in clamps:
            for tensor in wiring.reads(node):
                groups.unite(tensor, node.output[0])
    yielded = _yielded(wiring, groups, products | sums)
    integer: set[str] = set()
    on_grid: set[str] = set()
    for node in wiring.nodes:  # those that others read come before them
        made = groups.of(node.output[0])
        if node.name not in products | sums or (made in yielded and node.op_type != "Gemm"):
            continue
        read = {groups.of(tensor) for tensor in wiring.reads(node)}
        if node.name in products or read <= on_grid:
            integer.add(node.name)
            on_grid |= read if made in yielded else {*read, made}
    # A clamp after what computes in float32 has nothing to take over.
    taken = {name for name in clamps if wiring.maker_of(wiring.named[name].input[0]) in integer}
    inner = {wiring.named[name].input[0] for name in clamps}
    kept = {wiring.named[name].input[0] for name in taken}
    passed = (inner - kept) | _passed_on(wiring, integer)
    tensors = [t for t in wiring.tensors if groups.of(t) in on_grid and t not in passed]
    return Plan(
        frozenset(integer),
        {tensor: groups.of(tensor) for tensor in tensors},
        tuple(tensor for tensor in tensors if tensor not in inner),
        frozenset(taken),
    )


class _Wiring:
    """Who makes and who reads each tensor of a model, constants aside."""

    def __init__(self, model: Any) -> None:
        self.nodes = list(model.graph.node)
        self.constants = {constant.name for constant in model.graph.initializer}
        self.outputs = {output.name for output in model.graph.output}
        self.named = {node.name: node for node in self.nodes}
        self.makers: dict[str, str] = {node.output[0]: node.name for node in self.nodes}
        self.tensors = [model.graph.input[0].name, *(node.output[0] for node in self.nodes)]
        self.readers: dict[str, list[Operator]] = defaultdict(list)
        for node in self.nodes:
            for tensor in self.reads(node):
                self.readers[tensor].append(node)

    def reads(self, node: Operator) -> list[str]:
        """The tensors that an operator reads."""
        return [name for name in node.input if name and name not in self.constants]

    def maker_of(self, tensor: str) -> str:
        """The name of the operator that yields a tensor; empty for the input."""
        return self.makers.get(tensor, "")


class _Groups:
    """Tensors that share a grid: each has a representative, itself at first."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, tensor: str) -> str:
        """The representative of a tensor's group."""
        while tensor in self._above:
            tensor = self._above[tensor]
        return tensor

    def unite(self, one: str, other: str) -> None:
        """Let two tensors, and all that share a grid with them, share one."""
        first, second = self.of(one), self.of(other)
        if first != second:
            self._above[second] = first


def _has_weights(wiring: _Wiring, node: Operator) -> bool:
    return node.op_type in PRODUCTS and all(name in wiring.constants for name in node.input[1:])


def _is_arithmetic(wiring: _Wiring, node: Operator) -> bool:
    return node.op_type in ARITHMETIC and not any(name in wiring.constants for name in node.input)


def _is_moving(wiring: _Wiring, node: Operator) -> bool:
    """Whether an operator moves numbers; padding of zeros is on every grid, infinite on none."""
    if node.op_type == "Pad":
        return not _fills(node)
    makers = (wiring.named.get(wiring.maker_of(tensor)) for tensor in wiring.reads(node))
    return node.op_type in MOVING and not any(made and _fills(made) for made in makers)


def _fills(node: Operator) -> bool:
    """Whether an operator pads with a number of its own: -inf before some pools."""
    return node.op_type == "Pad" and len(node.input) > 2


def _only_of(wiring: _Wiring, clamp: Operator, computing: set[str]) -> bool:
    """Whether a function alone reads what it reads, and an operator that computes makes it."""
    (tensor,) = wiring.reads(clamp)
    alone = len(wiring.readers[tensor]) == 1 and tensor not in wiring.outputs
    return alone and wiring.maker_of(tensor) in computing


def _passed_on(wiring: _Wiring, integer: set[str]) -> set[str]:
    """What concats yield and nothing reads in integers: it is on the grid of what they read.

    A quantization there, with another after a norm or a function, ends OpenVINO's process (2026.4).
    """
    return {
        node.output[0]
        for node in wiring.nodes
        if node.op_type == "Concat"
        and not any(
            reader.name in integer or _is_moving(wiring, reader)
            for reader in wiring.readers[node.output[0]]
        )
    }


def _yielded(wiring: _Wiring, groups: _Groups, computing: set[str]) -> set[str]:
    """The groups that are outputs and that no operator reads that could compute in integers.

    A concat that is an output is none of them: all that it reads would stay in float32.
    """
    found = {groups.of(tensor) for tensor in wiring.outputs}
    for node in wiring.nodes:
        if node.name in computing:
            found -= {groups.of(tensor) for tensor in wiring.reads(node)}
        if node.op_type == "Concat":
            found.discard(groups.of(node.output[0]))
    return found
