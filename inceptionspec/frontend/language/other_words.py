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
from inceptionspec.ops.attribute_types import ACTIVATIONS

_NEAR = 0.7
"""How alike two words must be: at 0.6, `attention` would be an `activation`."""

_HARD_SWISH = (
    "write its two factors: `branches: [[], [{op: activation, function: hard_sigmoid}]]` "
    "with `merge: multiply`"
)
_FUNCTIONS_BY_OTHER_NAMES = {"swish": "silu", "hardsigmoid": "hard_sigmoid"}
_NOT_HERE = dict.fromkeys(
    (
        "attention", "channelshuffle", "convtranspose", "conv2dtranspose", "customop", "deconv",
        "deconvolution", "dropblock", "droppath", "einsum", "embedding", "gru", "lambda",
        "lambdalayer", "lstm", "matmul", "mish", "multiheadattention", "permute", "pixelshuffle",
        "prelu", "reshape", "resize", "selfattention", "stochasticdepth", "transposedconv",
        "upsample", "upsampling", "upsampling2d",
    ),
    "",
)  # fmt: skip
_OTHER_NORMS = dict.fromkeys(("groupnorm", "instancenorm", "layernorm", "rmsnorm"), "")


def _function_layer(function: str) -> str:
    return f"write `{{op: activation, function: {function}}}`"


#: A word and what to write for it: a word of this language, or a sentence. Keys are in lower case,
#: without `_` and `-`.
OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        **_NOT_HERE,
        **_OTHER_NORMS,
        **{
            name.replace("_", ""): _function_layer(name)
            for name in ACTIVATIONS
            if name != "softmax"
        },
        **{word: _function_layer(name) for word, name in _FUNCTIONS_BY_OTHER_NAMES.items()},
        "hardswish": _HARD_SWISH,
        "identity": "leave it out: an empty branch `[]` yields what comes in",
        **dict.fromkeys(("linear", "fc", "fullyconnected", "innerproduct"), "dense"),
        **dict.fromkeys(("bn", "batchnormalization"), "batch_norm"),
        **dict.fromkeys(("convolution", "convolution2d"), "conv"),
        **dict.fromkeys(("dw", "dwconv", "depthwiseconvolution"), "depthwise_conv"),
        **dict.fromkeys(("sepconv", "separableconvolution"), "separable_conv"),
        **dict.fromkeys(("localresponsenorm", "localresponsenormalization"), "lrn"),
        **dict.fromkeys(("gap", "globalaveragepooling2d"), "global_avg_pool"),
        "averagepooling2d": "avg_pool",
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
        **_OTHER_NORMS,
        **dict.fromkeys(("gdn", "maxout", "mish", "prelu"), ""),
        **_FUNCTIONS_BY_OTHER_NAMES,
        "hardswish": f"no attribute says it, but a part: {_HARD_SWISH}",
        **dict.fromkeys(("identity", "linear"), "none"),
        **dict.fromkeys(("bn", "batchnormalization"), "batch_norm"),
        "lrelu": "`leaky_relu` has the slope 0.2 below 0",
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
