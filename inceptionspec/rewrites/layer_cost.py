"""The work of a layer as it would be: what a pass weighs one form against another by."""

from __future__ import annotations

from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Shape


def shape_of(op: str, attributes: Attributes, source: Shape) -> Shape:
    """What an operator would make of one input."""
    return OPS[op].shape(attributes, [source])


def flops_of(op: str, attributes: Attributes, source: Shape) -> int | None:
    """Its FLOPs as `analyses.costs` counts them; None where the size is open."""
    record, inputs = OPS[op], [source]
    shape = record.shape(attributes, inputs)
    macs = record.macs(attributes, inputs, shape)
    other = record.other_flops(attributes, inputs, shape)
    return None if macs is None or other is None else 2 * macs + other


def flops_in_turn(source: Shape, *layers: tuple[str, Attributes]) -> int | None:
    """FLOPs of layers that follow each other; None where the size is open."""
    total = 0
    for op, attributes in layers:
        flops = flops_of(op, attributes, source)
        if flops is None:
            return None
        total += flops
        source = shape_of(op, attributes, source)
    return total
