"""Types of numbers that files hold, and their arrays; those that NumPy lacks become float32."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.weights.files.weight_file import BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2

#: As what the types that NumPy lacks are read, before they are converted.
_BITS: Mapping[str, str] = MappingProxyType(
    {BFLOAT16: "uint16", FLOAT8_E4M3: "uint8", FLOAT8_E5M2: "uint8"}
)


def stored_dtype(kind: str, *, big_endian: bool = False) -> np.dtype[Any]:
    """How the bytes of a type are read: NumPy's type, or whole numbers as wide."""
    return np.dtype(_BITS.get(kind, kind)).newbyteorder(">" if big_endian else "<")


def converted(array: Any, kind: str) -> Any:
    """An array that was read as ``stored_dtype`` says, in NumPy's own type and byte order."""
    if kind == BFLOAT16:  # the upper half of a float32
        return (array.astype("u4") << 16).view("f4")
    if kind == FLOAT8_E5M2:  # the upper half of a float16
        return (array.astype("u2") << 8).view("f2").astype("f4")
    if kind == FLOAT8_E4M3:
        return _e4m3_values()[array]
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _e4m3_values() -> Any:
    """What each byte of ``float8_e4m3fn`` stands for (https://arxiv.org/abs/2209.05433).

    A sign, 4 bits of exponent with a bias of 7, 3 bits of fraction; no infinities, and one NaN
    for each sign.
    """
    byte = np.arange(256)
    exponent, fraction = byte >> 3 & 15, byte & 7
    size = np.where(exponent > 0, (8 + fraction) * 2.0 ** (exponent - 10.0), fraction * 2.0**-9)
    size[byte & 127 == 127] = np.nan
    return np.where(byte > 127, -size, size).astype("f4")
