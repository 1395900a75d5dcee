"""One emitter per operator: the table that mirrors `inceptionspec.ops.OPS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inceptionspec.backends.onnx import (
    emit_channels,
    emit_conv_dense,
    emit_pool,
    emit_resample,
    emit_simple,
)
from inceptionspec.backends.onnx.layer_builder import LayerBuilder

#: From a layer and the names of the tensors that it reads to the name of its own.
Emitter = Callable[[LayerBuilder, Sequence[str]], str]

EMITTERS: Mapping[str, Emitter] = MappingProxyType(
    {
        "conv": emit_conv_dense.conv,
        "depthwise_conv": emit_conv_dense.depthwise_conv,
        "separable_conv": emit_conv_dense.separable_conv,
        "conv_transpose": emit_conv_dense.conv_transpose,
        "dense": emit_conv_dense.dense,
        "max_pool": emit_pool.max_pool,
        "avg_pool": emit_pool.avg_pool,
        "global_avg_pool": emit_pool.global_avg_pool,
        "global_max_pool": emit_pool.global_max_pool,
        "adaptive_avg_pool": emit_pool.adaptive_avg_pool,
        "batch_norm": emit_conv_dense.batch_norm,
        "layer_norm": emit_channels.layer_norm,
        "group_norm": emit_channels.group_norm,
        "normalize": emit_channels.normalize,
        "rescale": emit_channels.rescale,
        "layer_scale": emit_channels.layer_scale,
        "prelu": emit_channels.prelu,
        "drop_path": emit_channels.drop_path,
        "lrn": emit_simple.lrn,
        "activation": emit_simple.activation,
        "softmax": emit_simple.softmax,
        "dropout": emit_simple.dropout,
        "flatten": emit_simple.flatten,
        "squeeze": emit_pool.squeeze,
        "crop": emit_resample.crop,
        "upsample": emit_resample.upsample,
        "space_to_depth": emit_resample.space_to_depth,
        "depth_to_space": emit_resample.depth_to_space,
        "channel_shuffle": emit_resample.channel_shuffle,
        "pad": emit_resample.pad,
        "concat": emit_simple.concat,
        "add": emit_simple.add,
        "multiply": emit_simple.multiply,
        "slice": emit_resample.slice_,
    }
)
