"""The closed table of operators.

A spec can name those of ``LAYER_OPS`` and ``MERGE_OPS`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.ops import (
    channels,
    conv,
    dense,
    elementwise,
    merge,
    normalization,
    pool,
    resample,
    reshape,
    scaling,
    transposed,
    unwritten,
)
from inceptionspec.ops.record import Op

OPS: Mapping[str, Op] = MappingProxyType(
    {
        "input": unwritten.INPUT,
        "conv": conv.CONV,
        "depthwise_conv": conv.DEPTHWISE_CONV,
        "separable_conv": conv.SEPARABLE_CONV,
        "conv_transpose": transposed.CONV_TRANSPOSE,
        "dense": dense.DENSE,
        "max_pool": pool.MAX_POOL,
        "avg_pool": pool.AVG_POOL,
        "global_avg_pool": pool.GLOBAL_AVG_POOL,
        "global_max_pool": pool.GLOBAL_MAX_POOL,
        "adaptive_avg_pool": pool.ADAPTIVE_AVG_POOL,
        "batch_norm": elementwise.BATCH_NORM,
        "layer_norm": normalization.LAYER_NORM,
        "group_norm": normalization.GROUP_NORM,
        "lrn": elementwise.LRN,
        "activation": elementwise.ACTIVATION,
        "prelu": scaling.PRELU,
        "softmax": elementwise.SOFTMAX,
        "dropout": elementwise.DROPOUT,
        "drop_path": elementwise.DROP_PATH,
        "layer_scale": scaling.LAYER_SCALE,
        "rescale": scaling.RESCALE,
        "normalize": normalization.NORMALIZE,
        "flatten": reshape.FLATTEN,
        "squeeze": reshape.SQUEEZE,
        "pad": reshape.PAD,
        "crop": reshape.CROP,
        "upsample": resample.UPSAMPLE,
        "space_to_depth": resample.SPACE_TO_DEPTH,
        "depth_to_space": resample.DEPTH_TO_SPACE,
        "channel_shuffle": channels.CHANNEL_SHUFFLE,
        "slice": channels.SLICE,
        "concat": merge.CONCAT,
        "add": merge.ADD,
        "multiply": merge.MULTIPLY,
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
