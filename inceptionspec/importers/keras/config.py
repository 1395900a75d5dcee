"""The arguments of a layer, each read as what it must be, and in YAML terms."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

from inceptionspec.importers.problems import RefusedError
from inceptionspec.ops.attribute_types import EXPLICIT_PADDING, KERNEL, SIDES

_LARGEST = 1 << 53
_LARGEST_NUMBER = 3.4e38
_DIGITS = 9
"""Decimal digits that tell any two numbers of single precision apart."""
_NONE = (None, "linear")
#: Arguments that change nothing of what a trained layer computes.
_WITHOUT_EFFECT = frozenset(
    {
        "autocast", "batch_input_shape", "batch_shape", "build_config", "dtype", "dynamic", "fused",
        "input_dtype", "input_shape", "mask", "moving_mean_initializer",
        "moving_variance_initializer", "name", "renorm_clipping", "renorm_momentum", "seed",
        "supports_masking", "synchronized", "trainable", "training",
    }
)  # fmt: skip
#: Keras' names of activations to ours; "" is none.
ACTIVATIONS: Mapping[str, str] = {
    "elu": "elu",
    "gelu": "gelu",
    "hard_sigmoid": "hard_sigmoid",
    "hard_silu": "hard_swish",
    "hard_swish": "hard_swish",
    "leaky_relu": "leaky_relu",
    "mish": "mish",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softmax": "softmax",
    "softplus": "softplus",
    "swish": "silu",
    "tanh": "tanh",
}
#: Keras' classes of initializers to ours; old names of Keras 1 and of TensorFlow included.
_INITIALIZERS: Mapping[str, str] = {
    "Constant": "constant",
    "GlorotNormal": "glorot_normal",
    "GlorotUniform": "glorot_uniform",
    "HeNormal": "he_normal",
    "HeUniform": "he_uniform",
    "LecunNormal": "lecun_normal",
    "LecunUniform": "lecun_uniform",
    "Ones": "ones",
    "RandomNormal": "normal",
    "RandomUniform": "uniform",
    "TruncatedNormal": "truncated_normal",
    "VarianceScaling": "variance_scaling",
    "Zeros": "zeros",
}
#: What Keras 2 writes for the named cases of variance scaling.
_SCALINGS: Mapping[tuple[float, str, str], str] = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "truncated_normal"): "lecun_normal",
}


class Given(dict[str, Any]):
    """Arguments that remember which of them were looked at.

    What nobody looked at is unknown here: an argument of a newer Keras, say, which may change
    what the layer computes.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.seen: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """An argument."""
        self.seen.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)

    def unknown(self) -> str | None:
        """An argument that nobody looked at and that is switched on; None where all is known."""
        left = (name for name, value in self.items() if value and name not in self.seen)
        return next((name for name in left if name not in _WITHOUT_EFFECT), None)


class Config:
    """The arguments of one layer.

    Attributes:
        kind: its class.
        given: its arguments, as plain data.
    """

    def __init__(self, kind: str, given: Mapping[str, Any]) -> None:
        self.kind = kind
        self.given = Given(given)

    def without_effect(self, *names: str) -> None:
        """Let arguments pass, whatever they are; all of them where none is named."""
        self.given.seen.update(names or self.given)

    def refused(self, name: str, value: Any, *helps: str) -> RefusedError:
        """That an argument has a value without a counterpart."""
        reason = f"`{name}: {short(value)}` of `{self.kind}` has no counterpart in a spec"
        return RefusedError("E0722", reason, *helps)

    def malformed(self, name: str) -> RefusedError:
        """That an argument is not what Keras writes."""
        return RefusedError("E0722", f"`{name}` of `{self.kind}` is malformed")

    def only(self, **allowed: Any) -> None:
        """Refuse arguments that have another value than one.

        Raises:
            RefusedError: one has.
        """
        for name, value in allowed.items():
            given = self.given.get(name, value)
            if given != value and given is not None:
                raise self.refused(name, given)

    def check_type(self) -> None:
        """Refuse numbers of a few bits, which stand for others.

        Raises:
            RefusedError: the layer is quantized.
        """
        policy = self.given.get("dtype")
        kind = policy.get("class_name") if isinstance(policy, dict) else policy
        if isinstance(kind, str) and ("Quantized" in kind or kind.startswith(("int", "float8"))):
            raise self.refused("dtype", kind, "save the model before it is quantized")

    def channels_last(self) -> None:
        """Refuse maps with channels first.

        Raises:
            RefusedError: the layer has such.
        """
        if self.given.get("data_format") == "channels_first":
            raise self.refused(
                "data_format",
                "channels_first",
                "build the model with `data_format='channels_last'`, and give it the weights",
            )

    def flag(self, name: str, default: bool) -> bool:
        """A Boolean."""
        value = self.given.get(name, default)
        if value is None:
            return default
        if not isinstance(value, bool) and value not in (0, 1):
            raise self.malformed(name)
        return bool(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number of at least 1."""
        value = self.given.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or not 1 <= value <= _LARGEST:
            raise self.malformed(name)
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        return self.as_number(name, self.given.get(name, default))

    def as_number(self, name: str, value: Any) -> float:
        """A value as a finite number; Keras 2 may write it as an array of one."""
        if isinstance(value, dict):
            config = value.get("config")
            value = config.get("value") if isinstance(config, dict) else value.get("value")
        if isinstance(value, list) and len(value) == 1:
            (value,) = value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.malformed(name)
        if not math.isfinite(value) or abs(value) > _LARGEST_NUMBER:
            raise self.malformed(name)
        return shortest(value)

    def pair(self, name: str, default: Any = None, least: int = 1) -> tuple[int, int]:
        """Two whole numbers, or one for both."""
        value = self.given.get(name, default)
        value = default if value is None else value
        sides = tuple(value) if isinstance(value, list | tuple) else (value, value)
        if len(sides) != 2 or not all(type(side) is int and side >= least for side in sides):
            raise self.malformed(name)
        return sides[0], sides[1]

    def kernel(self, name: str) -> Any:
        """A window."""
        return KERNEL.write(self.pair(name))

    def sides(self, name: str, default: Any = 1) -> Any:
        """Strides or dilations."""
        return SIDES.write(self.pair(name, default))

    def padding(self) -> str:
        """The padding of a window."""
        value = self.given.get("padding", "valid")
        if value not in ("same", "valid"):
            raise self.malformed("padding")
        return str(value)

    def pixels(self, name: str, default: Any) -> Any:
        """Pixels on the four sides, in any of the forms that Keras writes."""
        value = self.given.get(name, default)
        if type(value) is int:
            value = [value, value]
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise self.malformed(name)
        ((top, bottom), (left, right)) = (
            side if isinstance(side, list | tuple) and len(side) == 2 else (side, side)
            for side in value
        )
        sides = (top, bottom, left, right)
        if not all(type(side) is int and side >= 0 for side in sides):
            raise self.malformed(name)
        return EXPLICIT_PADDING.write(sides)

    def axes(self, name: str, default: Any) -> tuple[int, ...]:
        """An axis or a list of axes."""
        value = self.given.get(name, default)
        values = tuple(value) if isinstance(value, list | tuple) else (value,)
        if not all(type(axis) is int for axis in values):
            raise self.malformed(name)
        return values

    def activation(self, name: str = "activation") -> Any:
        """An activation in YAML terms; None where there is none.

        Raises:
            RefusedError: it is no known function.
        """
        return self.as_activation(name, self.given.get(name))

    def as_activation(self, name: str, value: Any) -> Any:
        """A serialized activation in YAML terms."""
        if isinstance(value, dict):
            kind, config = value.get("class_name"), value.get("config")
            value = config if kind == "function" else kind
            if isinstance(value, dict):  # Keras 2's registered functions
                value = value.get("name")
            if kind != "function" and isinstance(kind, str):
                found = layer_activation(Config(kind.rpartition(">")[2], config or {}))
                if found is not None:
                    return found
        if value in _NONE:
            return None
        if not isinstance(value, str):
            raise self.malformed(name)
        value = value.rpartition(">")[2]
        if value not in ACTIVATIONS:
            raise self.refused(name, value)
        return ACTIVATIONS[value]

    def initializer(self, name: str) -> tuple[Any, str]:
        """How a weight starts, in YAML terms, and what of it a spec cannot say, in words.

        The weights themselves come with the model, so that another start loses nothing of it.
        """
        value = self.given.get(name)
        if value is None:
            return None, ""
        kind = value.get("class_name") if isinstance(value, dict) else value
        if not isinstance(kind, str):
            raise self.malformed(name)
        kind = kind.rpartition(">")[2]
        if kind.islower():  # `glorot_uniform`
            kind = "".join(part.title() for part in kind.split("_"))
        known = _INITIALIZERS.get(kind)
        config = value.get("config") if isinstance(value, dict) else None
        held = Config(kind, config if isinstance(config, dict) else {})
        if known is None:
            return None, f"the initializer `{short(kind)}`"
        if known == "variance_scaling":
            return _scaling(held), ""
        if known == "uniform":
            least, most = held.number("minval", -0.05), held.number("maxval", 0.05)
            return ({"uniform": most}, "") if least == -most else (None, "an uneven RandomUniform")
        if known in ("normal", "truncated_normal"):
            if held.number("mean", 0.0):
                return None, f"the initializer `{kind}` with a mean"
            return {known: held.number("stddev", 0.05)}, ""
        if known == "constant":
            return {known: held.number("value", 0.0)}, ""
        return known, ""

    def decay(self, name: str) -> float:
        """A factor of weight decay.

        Raises:
            RefusedError: it is no plain L2.
        """
        value = self.given.get(name)
        if value is None:
            return 0
        kind = value.get("class_name") if isinstance(value, dict) else value
        config = value.get("config") if isinstance(value, dict) else None
        held = Config(str(kind), config if isinstance(config, dict) else {})
        if kind not in ("L2", "l2", "L1L2") or held.given.get("l1"):
            raise self.refused(name, kind)
        return held.number("l2", 0.01)


def layer_activation(config: Config) -> Any:
    """An activation that is a layer of its own, in YAML terms; None for any other layer.

    Raises:
        RefusedError: it is one with arguments that have no counterpart.
    """
    if config.kind == "ReLU":
        return _relu(config)
    if config.kind == "LeakyReLU":
        name = "alpha" if "alpha" in config.given else "negative_slope"
        return _leaky(config.number(name, 0.3))
    if config.kind == "ELU":
        alpha = config.number("alpha", 1.0)
        return "elu" if alpha == 1 else {"elu": alpha}
    if config.kind == "Softmax":
        return "softmax"
    return None


def _relu(config: Config) -> Any:
    if config.number("threshold", 0.0):
        raise config.refused("threshold", config.number("threshold"))
    most = config.given.get("max_value")
    slope = 0.0 if config.given.get("negative_slope") is None else config.number("negative_slope")
    if slope:
        if most is not None:
            raise config.refused("max_value", most)
        return _leaky(slope)
    if most is None:
        return "relu"
    if config.number("max_value") != 6:
        raise config.refused("max_value", most)
    return "relu6"


def _leaky(slope: float) -> Any:
    return {"leaky_relu": slope}


def _scaling(config: Config) -> Any:
    mode, distribution = (
        config.given.get("mode", "fan_in"),
        config.given.get("distribution", "truncated_normal"),
    )
    distribution = {"normal": "truncated_normal", "untruncated_normal": "normal"}.get(
        distribution, distribution
    )
    scale = config.number("scale", 1.0)
    if (scale, mode, distribution) in _SCALINGS:
        return _SCALINGS[scale, mode, distribution]
    if mode not in ("fan_in", "fan_out", "fan_avg") or distribution not in (
        "normal",
        "truncated_normal",
        "uniform",
    ):
        raise config.malformed("mode")
    return {"variance_scaling": {"scale": scale, "mode": mode, "distribution": distribution}}


def shortest(value: float) -> float:
    """A number without the digits that are noise of single precision: 0.3 for 0.30000001192."""
    if isinstance(value, int) or not math.isfinite(value) or _single(value) != value:
        return value
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, _DIGITS + 1))
    return next((number for number in shorter if _single(number) == value), value)


def _single(value: float) -> float:
    (rounded,) = struct.unpack("f", struct.pack("f", value))
    return float(rounded)


def short(value: Any) -> str:
    """A value in a few characters; an object by its class."""
    if isinstance(value, dict) and isinstance(value.get("class_name"), str):
        value = value["class_name"]
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
