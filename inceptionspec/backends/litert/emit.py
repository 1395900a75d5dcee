"""One emitter per operator: the table that mirrors `inceptionspec.ops.OPS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inceptionspec.backends.litert import emit_conv_dense, emit_pool, emit_simple
from inceptionspec.backends.litert.flatbuffer import Tensor
from inceptionspec.backends.litert.layer_builder import LayerBuilder

#: From a layer and the tensors that it reads to its own.
Emitter = Callable[[LayerBuilder, Sequence[Tensor]], Tensor]

EMITTERS: Mapping[str, Emitter] = MappingProxyType(
    {
        "conv": emit_conv_dense.conv,
        "depthwise_conv": emit_conv_dense.depthwise_conv,
        "separable_conv": emit_conv_dense.separable_conv,
        "dense": emit_conv_dense.dense,
        "max_pool": emit_pool.max_pool,
        "avg_pool": emit_pool.avg_pool,
        "global_avg_pool": emit_pool.global_avg_pool,
        "global_max_pool": emit_pool.global_max_pool,
        "batch_norm": emit_conv_dense.batch_norm,
        "lrn": emit_simple.lrn,
        "activation": emit_simple.activation,
        "softmax": emit_simple.softmax,
        "dropout": emit_simple.dropout,
        "flatten": emit_simple.flatten,
        "squeeze": emit_simple.squeeze,
        "pad": emit_simple.pad,
        "concat": emit_simple.concat,
        "add": emit_simple.add,
        "multiply": emit_simple.multiply,
        "slice": emit_simple.slice_,
    }
)
