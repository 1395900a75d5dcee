"""One emitter per operator: the table that mirrors `inceptionspec.ops.OPS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from inceptionspec.backends.tensorflow import (
    emit_conv_dense as emit_affine,
)
from inceptionspec.backends.tensorflow import (
    emit_pool,
)
from inceptionspec.backends.tensorflow import (
    emit_simple as emit_plain,
)
from inceptionspec.backends.tensorflow.bound_layer import BoundLayer

#: From a layer and the tensors that it reads to the one that it yields.
Emitter = Callable[[BoundLayer, Sequence[Any]], Any]

EMITTERS: Mapping[str, Emitter] = MappingProxyType(
    {
        "input": emit_plain.input_,
        "conv": emit_affine.conv,
        "depthwise_conv": emit_affine.depthwise_conv,
        "separable_conv": emit_affine.separable_conv,
        "dense": emit_affine.dense,
        "max_pool": emit_pool.max_pool,
        "avg_pool": emit_pool.avg_pool,
        "global_avg_pool": emit_pool.global_avg_pool,
        "global_max_pool": emit_pool.global_max_pool,
        "batch_norm": emit_affine.batch_norm,
        "lrn": emit_plain.lrn,
        "activation": emit_plain.activation,
        "softmax": emit_plain.softmax,
        "dropout": emit_plain.dropout,
        "flatten": emit_plain.flatten,
        "squeeze": emit_plain.squeeze,
        "pad": emit_plain.pad,
        "slice": emit_plain.slice_,
        "concat": emit_plain.concat,
        "add": emit_plain.add,
        "multiply": emit_plain.multiply,
    }
)
