"""What each word means that a value may be. Editors show it during completion."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: One row for each text that an enumeration of the language holds.
ENUM_DOCS: Mapping[str, str] = MappingProxyType(
    {
        "none": "None.",
        "any": "Height and width are left open.",
        "auto": "True where there is no norm.",
        "delete": "Removes what the path names.",
        "inner": "What is wrapped.",
        # pictures
        "nearest": "The nearest pixel.",
        "bilinear": "Linear between the centers of pixels; over all pixels that an output covers "
        "where a picture shrinks, as Pillow and torchvision do.",
        "bicubic": "Cubic, over all pixels that an output covers: Pillow's and torchvision's.",
        "bilinear_tf1": "Linear between four pixels, corners at the top left: TensorFlow 1's.",
        "bilinear_tf2": "Linear between four pixels, centers aligned: TensorFlow 2's and Keras'.",
        "stretch": "The crop has the picture's proportions, and is stretched to the input's.",
        "keep": "The crop has the input's proportions.",
        "RGB": "Red, green, blue.",
        "BGR": "Blue, green, red, as Caffe has them.",
        # windows
        "same": "Keeps ceil(size / stride); more zeros after than before.",
        "valid": "No padding: only windows that lie inside the map.",
        "map": "The whole map, at any size.",
        "reflect": "The map mirrored at its edges, which are not repeated.",
        "input": "As many as come into the block.",
        # norms
        "batch_norm": "Batch normalization, with the attributes of `defaults.batch_norm`.",
        # functions
        "elu": "x above 0, exp(x) - 1 below; `{elu: 0.5}` halves what is below.",
        "gelu": "x times the normal distribution up to x.",
        "gelu_tanh": "GELU by a hyperbolic tangent, which deviates from it by 0.0005 at most.",
        "hard_sigmoid": "x / 6 + 0.5, cut to 0 and 1.",
        "hard_swish": "x times its hard sigmoid.",
        "leaky_relu": "x above 0, 0.2 x below; `{leaky_relu: 0.1}` has another slope.",
        "mish": "x times the hyperbolic tangent of its softplus.",
        "relu": "x above 0, 0 below.",
        "relu6": "x, cut to 0 and 6.",
        "selu": "ELU, scaled so that deep networks normalize themselves.",
        "sigmoid": "1 / (1 + exp(-x)).",
        "silu": "x times its sigmoid.",
        "swish": "Another name of `silu`.",
        "softmax": "exp(x) over its sum over channels or features.",
        "softplus": "log(1 + exp(x)).",
        "tanh": "Hyperbolic tangent.",
        # initializers
        "glorot_normal": "Truncated normal, variance 2 / (inputs + outputs).",
        "glorot_uniform": "Uniform, variance 2 / (inputs + outputs).",
        "he_normal": "Truncated normal, variance 2 / inputs.",
        "he_uniform": "Uniform, variance 2 / inputs.",
        "lecun_normal": "Truncated normal, variance 1 / inputs.",
        "lecun_uniform": "Uniform, variance 1 / inputs.",
        "ones": "All 1.",
        "zeros": "All 0.",
        "fan_in": "The variance is divided by the inputs.",
        "fan_out": "The variance is divided by the outputs.",
        "fan_avg": "The variance is divided by the mean of inputs and outputs.",
        "normal": "Another name of the truncated normal distribution.",
        "truncated_normal": "A normal distribution without what lies beyond two deviations.",
        "uniform": "A uniform distribution.",
        # types of arguments
        "int": "A whole number.",
        "float": "A number.",
        "bool": "`true` or `false`.",
        "string": "A text, such as the name of an activation.",
        "layer": "The name of a layer, block or branch that the block reads.",
    }
)
