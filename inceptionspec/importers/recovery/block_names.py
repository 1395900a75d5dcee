"""What a block is called, by what it is to people who build networks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from inceptionspec.importers.recovery.definitions import Definition
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.names import Names
from inceptionspec.importers.recovery.nest import Row, Split, order
from inceptionspec.importers.recovery.residual import is_residual

_NUMBERED = re.compile(r"([A-Za-z][A-Za-z0-9]*)_([0-9]+)")


def name_blocks(
    layers: Sequence[Layer], blocks: Sequence[Definition], names: Mapping[Definition, Names]
) -> None:
    """Give every block a name of its own."""
    kinds = [_of_members(names[block]) or _kind(layers, block.row) for block in blocks]
    taken: dict[str, int] = {}
    for block, kind in zip(blocks, kinds, strict=True):
        if kinds.count(kind) == 1:
            block.name = kind
            continue
        number = taken[kind] = taken.get(kind, 0) + 1
        letters = kind == "inception" and kinds.count(kind) <= 26
        block.name = f"{kind}_{'abcdefghijklmnopqrstuvwxyz'[number - 1] if letters else number}"


def _of_members(names: Names) -> str:
    """The name that most calls have before a number: `block35` of `block35_1` to `block35_10`."""
    found = Counter(
        match[1]
        for call in names.calls
        if call and (match := _NUMBERED.fullmatch(call[-1])) and match[1][-1].isdigit()
    )
    if not found:
        return ""
    ((name, count),) = found.most_common(1)
    return name if 2 * count > len(names.calls) else ""


def _kind(layers: Sequence[Layer], row: Row) -> str:
    ops = [layers[index].op for index in order(row)]
    last = row[-1]
    if isinstance(last, Split) and (len(row) == 1 or is_residual(layers, last)):
        if is_residual(layers, last):
            around, inner = last.branches
            if around:
                return "downsample" if _strides(layers, around) else "project"
            if "depthwise_conv" in ops[:2]:
                return "inverted_residual"
            return "bottleneck" if _is_bottleneck(layers, inner) else "residual"
        if layers[last.merge].op == "concat":
            return "dense_layer" if () in last.branches else "inception"
        if layers[last.merge].op == "multiply":
            return "gate"
        return "sum"
    if isinstance(last, Split) and layers[last.merge].op == "concat" and len(ops) == 4:
        return "fire"
    if any(op.endswith("_pool") for op in ops[-1:]):
        return "transition" if ops[0] == "batch_norm" else "stage"
    if ops[:1] == ["depthwise_conv"] and ops[1:] == ["conv"]:
        return "separable"
    if "separable_conv" in ops:
        return "separable"
    if ops[0] in ("batch_norm", "activation") and "conv" in ops:
        return "preactivated"
    if "depthwise_conv" in ops:
        return "inverted"
    return "block"


def _is_bottleneck(layers: Sequence[Layer], row: Row) -> bool:
    """Whether the first and the last convolution are 1x1, with others between."""
    kernels = [
        layers[index].attributes["kernel"] for index in order(row) if layers[index].op == "conv"
    ]
    return len(kernels) > 2 and kernels[0] == kernels[-1] == (1, 1)


def _strides(layers: Sequence[Layer], row: Row) -> bool:
    return any(layers[index].attributes.get("stride", (1, 1)) != (1, 1) for index in order(row))
