"""Words of other tools and papers, and what this language says instead.

The nearest spelling is no help for them: `layer_norm` is not `batch_norm`, nor `swish` a slip of
`softmax`. A word with the empty text is known to the field and has no counterpart here, so that
nothing is suggested for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.ops.functions import ACTIVATIONS

_NEAR = 0.7
"""How alike two words must be: at 0.6, `attention` would be an `activation`."""

_FUNCTIONS_BY_OTHER_NAMES = {
    "swish": "silu",
    "hardsilu": "hard_swish",
    "geluapproximate": "gelu_tanh",
    "lrelu": "leaky_relu",
}
_NORMS = {
    **dict.fromkeys(("groupnorm", "groupnormalization"), "group_norm"),
    **dict.fromkeys(("layernorm", "layernormalization"), "layer_norm"),
    "instancenorm": "`group_norm` with as many `groups` as channels normalizes each by itself",
}
_NOT_HERE = dict.fromkeys(
    (
        "attention", "customop", "dropblock", "einsum", "embedding", "gru", "lambda",
        "lambdalayer", "lstm", "matmul", "multiheadattention", "permute",
        "reshape", "rmsnorm", "selfattention",
    ),
    "",
)  # fmt: skip


def _function_layer(function: str) -> str:
    return f"write `{{op: activation, function: {function}}}`"


#: A word and what to write for it: a word of this language, or a sentence. Keys are in lower case,
#: without `_` and `-`.
OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        **_NOT_HERE,
        **_NORMS,
        **{
            name.replace("_", ""): _function_layer(name)
            for name in ACTIVATIONS
            if name != "softmax"
        },
        **{word: _function_layer(name) for word, name in _FUNCTIONS_BY_OTHER_NAMES.items()},
        **dict.fromkeys(("stochasticdepth", "droppath"), "drop_path"),
        **dict.fromkeys(("layerscale", "scale"), "layer_scale"),
        **dict.fromkeys(("rescaling",), "rescale"),
        "normalization": "normalize",
        "identity": "leave it out: an empty branch `[]` yields what comes in",
        **dict.fromkeys(("linear", "fc", "fullyconnected", "innerproduct"), "dense"),
        **dict.fromkeys(("bn", "batchnormalization"), "batch_norm"),
        **dict.fromkeys(("convolution", "convolution2d"), "conv"),
        **dict.fromkeys(("dw", "dwconv", "depthwiseconvolution"), "depthwise_conv"),
        **dict.fromkeys(("sepconv", "separableconvolution"), "separable_conv"),
        **dict.fromkeys(("localresponsenorm", "localresponsenormalization"), "lrn"),
        **dict.fromkeys(("gap", "globalaveragepooling2d"), "global_avg_pool"),
        "averagepooling2d": "avg_pool",
        **dict.fromkeys(
            ("conv2dtranspose", "deconv", "deconvolution", "transposedconv", "upconv"),
            "conv_transpose",
        ),
        **dict.fromkeys(("upsampling", "upsampling2d", "resize", "interpolate"), "upsample"),
        **dict.fromkeys(("adaptiveavgpool2d", "adaptiveaveragepooling2d"), "adaptive_avg_pool"),
        "pixelshuffle": "write `depth_to_space`, behind a `channel_shuffle` with as many groups as "
        "channels come out: PyTorch has the pixels of a block innermost",
        "pixelunshuffle": "space_to_depth",
        "reflectionpad2d": "`{op: pad, mode: reflect}` reflects a map",
        **dict.fromkeys(("cropping2d", "centercrop"), "crop"),
        "zeropadding2d": "pad",
    }
)
MERGES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("cat", "concatenate", "stack"), "concat"),
        **dict.fromkeys(("sum", "plus"), "add"),
        **dict.fromkeys(("mul", "product", "gate"), "multiply"),
        **dict.fromkeys(("average", "max", "maximum", "mean", "min", "sub", "subtract"), ""),
    }
)
#: What a value with a closed list of words may stand for.
VALUES: Mapping[str, str] = MappingProxyType(
    {
        **{
            word: f"`{name}` is a layer of its own: `{{op: {name}}}`"
            for word, name in (("groupnorm", "group_norm"), ("layernorm", "layer_norm"))
        },
        "instancenorm": f"{_NORMS['instancenorm']}, as a layer of its own",
        **dict.fromkeys(("gdn", "maxout", "rmsnorm"), ""),
        "prelu": "`prelu` has weights, and is a layer of its own: `{op: prelu}`",
        **_FUNCTIONS_BY_OTHER_NAMES,
        **dict.fromkeys(("identity", "linear"), "none"),
        **dict.fromkeys(("bn", "batchnormalization"), "batch_norm"),
        "lrn": "`lrn` is a layer of its own: `{op: lrn}`",
        "xavieruniform": "glorot_uniform",
        **dict.fromkeys(("kaimingnormal", "kaiminguniform", "xavier", "xaviernormal"), ""),
        "integer": "int",
        "number": "float",
        "boolean": "bool",
        **dict.fromkeys(("str", "text"), "string"),
    }
)
ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("outchannels", "numfilters", "numoutputs", "numoutput"), "filters"),
        **dict.fromkeys(("features", "outfeatures"), "units"),
        **dict.fromkeys(("rate", "dilationrate"), "dilation"),
        **dict.fromkeys(("kernelsize", "ksize", "poolsize"), "kernel"),
        **dict.fromkeys(("keepprob", "prob"), ""),
        "p": "rate",
        "pads": "padding",
        "countincludepad": "count_padding",
        "ceilmode": "ceil",
        "cropping": "pixels",
        "interpolation": "method",
        **dict.fromkeys(("block", "blocksize"), "block_size"),
        "usebias": "bias",
        "act": "activation",
        **dict.fromkeys(("kernelinitializer", "weightinitializer", "initializer"), "init"),
        **dict.fromkeys(("weightdecay", "kernelregularizer"), "l2"),
    }
)


def counterpart(word: str, known: Iterable[str], others: Mapping[str, str]) -> tuple[str, ...]:
    """The help for a word that is not known: its counterpart here, or what it misspells.

    Args:
        known: the words that are allowed there.
        others: one of the tables above.
    """
    names = tuple(known)
    other = others.get(_key(word))
    if other is None:
        return did_you_mean(word, names, least=_NEAR)
    if " " in other:
        return (other,)
    return (f"write `{other}`",) if other in names else ()


def _key(word: str) -> str:
    return re.sub(r"[_\- ]", "", word.lower())
