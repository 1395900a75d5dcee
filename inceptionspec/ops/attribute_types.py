"""Kinds of attribute values: the schema that admits one, and what it means once admitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.ops.expression import INPUT
from inceptionspec.ops.functions import (
    ACTIVATIONS,
    ALIASES,
    NUMBERS,
    Function,
    parse_function,
)

Schema = Mapping[str, Any]


def _itself(value: Any) -> Any:
    return value


class Kind(NamedTuple):
    """A kind of value.

    ``expected`` completes the sentence "... must be"; ``schema`` is the JSON Schema that
    admits it; ``parse`` turns what the schema admits into what operators compute with,
    and ``write`` turns that back into the shortest YAML value. A layer's count may be an
    expression, which stays a text until the linker knows the channels that come in. ``off``
    is what ``null`` stands for, where that switches something off.
    """

    expected: str
    schema: Schema
    parse: Callable[[Any], Any] = _itself
    write: Callable[[Any], Any] = _itself
    expressions: bool = False
    off: str | int | None = None


MAP = "map"
"""The kernel that covers the whole map, until the linker knows its size."""
_SIDE = "[1-9][0-9]{0,8}"
_PAIR = {"type": "string", "pattern": f"^{_SIDE}x{_SIDE}$"}
_PAIR_LIST = {
    "type": "array",
    "items": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "minItems": 2,
    "maxItems": 2,
}


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, list):
        return int(value[0]), int(value[1])
    if isinstance(value, str):
        height, width = value.split("x")
        return int(height), int(width)
    return int(value), int(value)


def _write_pair(value: tuple[int, int]) -> str:
    return f"{value[0]}x{value[1]}"


def _write_side(value: tuple[int, int]) -> int | str:
    return value[0] if value[0] == value[1] else _write_pair(value)


def _parse_kernel(value: Any) -> Any:
    return MAP if value == MAP else _pair(value)


def _write_kernel(value: Any) -> Any:
    return MAP if value == MAP else _write_pair(value)


def _parse_padding(value: Any) -> Any:
    if value in ("same", "valid"):
        return value
    if isinstance(value, Mapping):
        return tuple(int(value[side]) for side in ("top", "bottom", "left", "right"))
    if isinstance(value, (str, list)):
        sides = value.split("x") if isinstance(value, str) else value
        height, width = (int(side) for side in sides)
        return (height, height, width, width)
    return (int(value),) * 4


def _write_padding(value: Any) -> Any:
    if isinstance(value, str):
        return value
    top, bottom, left, right = value
    if top == bottom and left == right:
        return top if top == left else f"{top}x{left}"
    return {"top": top, "bottom": bottom, "left": left, "right": right}


def _count(value: Any) -> int | str:
    return value if isinstance(value, str) else int(value)


def _as_float(value: Any) -> float:
    return float(value)


def write_real(value: float) -> int | float:
    """A number as a person writes it: without a fraction where it has none."""
    return int(value) if value == int(value) and abs(value) < 1e15 else value


# Initializers: what Keras calls the arguments, the first of which a plain number gives.
INITIALIZERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "constant": ("value",),
        "glorot_normal": (),
        "glorot_uniform": (),
        "he_normal": (),
        "he_uniform": (),
        "lecun_normal": (),
        "lecun_uniform": (),
        "normal": ("stddev",),
        "ones": (),
        "truncated_normal": ("stddev",),
        "uniform": ("limit",),
        "variance_scaling": ("scale", "mode", "distribution"),
        "zeros": (),
    }
)


def _variance_scaling(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keras' arguments with its defaults; `normal` is its other name for the truncated one."""
    distribution = given.get("distribution", "truncated_normal")
    return {
        "scale": float(given["scale"]),
        "mode": given.get("mode", "fan_in"),
        "distribution": "truncated_normal" if distribution == "normal" else distribution,
    }


def _parse_init(value: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    if isinstance(value, str):
        return value, ()
    ((name, given),) = value.items()
    if isinstance(given, Mapping):
        return name, tuple(sorted(_variance_scaling(given).items()))
    return name, ((INITIALIZERS[name][0], float(given)),)


def _write_init(value: tuple[str, tuple[tuple[str, Any], ...]]) -> Any:
    name, arguments = value
    if not arguments:
        return name
    if len(INITIALIZERS[name]) == 1:
        return {name: write_real(arguments[0][1])}
    settled = dict(arguments)
    return {name: {**settled, "scale": write_real(settled["scale"])}}


def _init_schema() -> Schema:
    # The largest float32 bounds every number, so that none becomes infinite.
    number = {"type": "number", "minimum": -3.4e38, "maximum": 3.4e38}
    spread = {"type": "number", "minimum": 0, "maximum": 3.4e38}
    scaling = {
        "type": "object",
        "properties": {
            "scale": {"type": "number", "exclusiveMinimum": 0, "maximum": 3.4e38},
            "mode": {"enum": ["fan_in", "fan_out", "fan_avg"]},
            "distribution": {"enum": ["normal", "truncated_normal", "uniform"]},
        },
        "required": ["scale"],
        "additionalProperties": False,
    }
    with_number = {
        "constant": number,
        "normal": spread,
        "truncated_normal": spread,
        "uniform": spread,
        "variance_scaling": scaling,
    }
    plain = [name for name, arguments in INITIALIZERS.items() if not arguments]
    one_of_these = {
        "type": "object",
        "properties": with_number,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"enum": plain}, one_of_these]}


NONE = "none"


def _parse_optional(value: Any) -> Any:
    return None if value == NONE else parse_function(value)


def _write_optional(value: Any) -> Any:
    return NONE if value is None else write_function(value)


def write_function(function: Function) -> Any:
    """The shortest YAML value of a function."""
    if isinstance(function, str):
        return function
    return {function.name: write_real(function.number)}


def _function_schema(*words: str) -> Schema:
    # A slope of 0 is that of `relu`, and one below 0 no program has.
    number = {"type": "number", "exclusiveMinimum": 0, "maximum": 3.4e38}
    with_number = {
        "type": "object",
        "properties": dict.fromkeys(NUMBERS, number),
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"enum": [*words, *ACTIVATIONS, *ALIASES]}, with_number]}


def _parse_per_channel(value: Any) -> float | tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, list) else float(value)


def _write_per_channel(value: float | tuple[float, ...]) -> Any:
    return write_real(value) if isinstance(value, float) else list(map(write_real, value))


def or_null(kind: Kind, off: str | int) -> Kind:
    """The same kind, with YAML's `null` for the value that switches it off."""
    parts = kind.schema.get("anyOf", [kind.schema])
    return kind._replace(
        schema={"anyOf": [*parts, {"type": "null"}]},
        parse=lambda value: kind.parse(off if value is None else value),
        off=off,
    )


BOOL = Kind("`true` or `false`", {"type": "boolean"})
COUNT = Kind(
    "a whole number of at least 1",
    {"type": "integer", "minimum": 1, "maximum": 1 << 53},
    _count,
    expressions=True,
)
WHOLE = Kind(
    "a whole number of at least 0",
    {"type": "integer", "minimum": 0, "maximum": 1 << 53},
    _count,
    expressions=True,
)
AMOUNT = Kind(
    "a number of at least 0",
    {"type": "number", "minimum": 0, "maximum": 3.4e38},
    _as_float,
    write_real,
)
DECAY = or_null(AMOUNT, 0)
POSITIVE = Kind(
    "a number above 0",
    {"type": "number", "exclusiveMinimum": 0, "maximum": 3.4e38},
    _as_float,
    write_real,
)
NUMBER = Kind(
    "a number", {"type": "number", "minimum": -3.4e38, "maximum": 3.4e38}, _as_float, write_real
)
FRACTION = Kind(
    "a number of at least 0 and below 1",
    {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    _as_float,
    write_real,
)
KERNEL = Kind(
    "a side such as `3`, height x width such as `1x7`, or `map`",
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 999_999_999},
            _PAIR,
            _PAIR_LIST,
            {"const": MAP},
        ]
    },
    _parse_kernel,
    _write_kernel,
)
KERNEL_SIDES = Kind(
    "a side such as `3`, or height x width such as `1x7`",
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999_999_999}, _PAIR]},
    _pair,
    _write_pair,
)
SIDES = Kind(
    "a whole number of at least 1, or height x width such as `2x1`",
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999_999_999}, _PAIR, _PAIR_LIST]},
    _pair,
    _write_side,
)
EXPLICIT_PADDING = Kind(
    "pixels such as `1` or `0x3`, or a mapping of all four sides",
    {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": 65_536},
            {"type": "string", "pattern": "^[0-9]{1,5}x[0-9]{1,5}$"},
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 0, "maximum": 65_536},
                "minItems": 2,
                "maxItems": 2,
            },
            {
                "type": "object",
                "properties": {
                    side: {"type": "integer", "minimum": 0, "maximum": 65_536}
                    for side in ("top", "bottom", "left", "right")
                },
                "required": ["top", "bottom", "left", "right"],
                "additionalProperties": False,
            },
        ]
    },
    _parse_padding,
    _write_padding,
)
PADDING = Kind(
    f"`same`, `valid`, {EXPLICIT_PADDING.expected}",
    {"anyOf": [{"enum": ["same", "valid"]}, *EXPLICIT_PADDING.schema["anyOf"]]},
    _parse_padding,
    _write_padding,
)
FILTERS = Kind(
    "a whole number of at least 1, or an expression such as `2 * input`",
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1 << 53}, {"const": INPUT}]},
    _count,
    expressions=True,
)
ACTIVATION = Kind(
    "`none` or a function such as `relu` or `{leaky_relu: 0.1}`",
    _function_schema(NONE),
    _parse_optional,
    _write_optional,
)
ACTIVATION = or_null(ACTIVATION, NONE)
FUNCTION = Kind(
    "a function such as `relu` or `{leaky_relu: 0.1}`",
    _function_schema(),
    parse_function,
    write_function,
)
PER_CHANNEL = Kind(
    "a number, or a list of one for each channel",
    {"anyOf": [NUMBER.schema, {"type": "array", "items": NUMBER.schema, "minItems": 1}]},
    _parse_per_channel,
    _write_per_channel,
)
INIT = Kind(
    "an initializer such as `he_normal` or `{normal: 0.1}`",
    _init_schema(),
    _parse_init,
    _write_init,
)


def is_finite(value: Any) -> bool:
    """Whether a scalar is no infinity and no NaN, which no attribute takes."""
    return not isinstance(value, float) or math.isfinite(value)
