"""Initializers and regularizers as they are written in a module."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.backends.keras_source.call import Code, literal

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "Constant",
        "glorot_normal": "GlorotNormal",
        "glorot_uniform": "GlorotUniform",
        "he_normal": "HeNormal",
        "he_uniform": "HeUniform",
        "lecun_normal": "LecunNormal",
        "lecun_uniform": "LecunUniform",
        "ones": "Ones",
        "variance_scaling": "VarianceScaling",
        "zeros": "Zeros",
    }
)
_BY_NUMBER: Mapping[str, str] = MappingProxyType(
    {
        "normal": "RandomNormal(0.0, {stddev})",
        "truncated_normal": "TruncatedNormal(0.0, {stddev})",
        "uniform": "RandomUniform(-{limit}, {limit})",
    }
)


def initializer(value: tuple[str, tuple[tuple[str, Any], ...]]) -> Code:
    """The expression of an initializer."""
    name, arguments = value
    if name in ("glorot_uniform", "zeros"):
        return Code(f'"{name}"')
    if name in _BY_NUMBER:
        return Code(f"initializers.{_BY_NUMBER[name].format(**dict(arguments))}")
    given = ", ".join(f"{key}={literal(value)}" for key, value in arguments)
    return Code(f"initializers.{_CLASSES[name]}({given})")


def regularizer(l2: float) -> Code | None:
    """The expression of the penalty of `l2` times the sum of squares; None for 0."""
    return Code(f"regularizers.L2({l2!r})") if l2 else None
