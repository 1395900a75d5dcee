"""The closed table of operators.

A spec can name those of ``LAYER_OPS`` and ``MERGE_OPS`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.ops import conv, dense, elementwise, merge, pool, reshape, unwritten
from inceptionspec.ops.record import Op

OPS: Mapping[str, Op] = MappingProxyType(
    {
        "input": unwritten.INPUT,
        "conv": conv.CONV,
        "depthwise_conv": conv.DEPTHWISE_CONV,
        "separable_conv": conv.SEPARABLE_CONV,
        "dense": dense.DENSE,
        "max_pool": pool.MAX_POOL,
        "avg_pool": pool.AVG_POOL,
        "global_avg_pool": pool.GLOBAL_AVG_POOL,
        "global_max_pool": pool.GLOBAL_MAX_POOL,
        "batch_norm": elementwise.BATCH_NORM,
        "lrn": elementwise.LRN,
        "activation": elementwise.ACTIVATION,
        "softmax": elementwise.SOFTMAX,
        "dropout": elementwise.DROPOUT,
        "flatten": reshape.FLATTEN,
        "squeeze": reshape.SQUEEZE,
        "pad": reshape.PAD,
        "concat": merge.CONCAT,
        "add": merge.ADD,
        "multiply": merge.MULTIPLY,
        "slice": unwritten.SLICE,
    }
)

LAYER_OPS: Mapping[str, Op] = MappingProxyType(
    {name: op for name, op in OPS.items() if op.role == "layer"}
)
MERGE_OPS: Mapping[str, Op] = MappingProxyType(
    {name: op for name, op in OPS.items() if op.role == "merge"}
)
#: The attributes of each operator that may be an expression, in the order of its record.
COUNTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(attribute.name for attribute in op.attributes if attribute.kind.expressions)
        for name, op in OPS.items()
    }
)
