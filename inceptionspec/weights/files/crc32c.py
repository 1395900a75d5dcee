"""CRC-32C (Castagnoli), the checksum of TensorFlow's files, with NumPy.

A checksum is linear over the bits: that of two parts follows from those of each. Therefore many
lanes of equal length are computed side by side, two bytes at a time, and then joined in pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_POLYNOMIAL = 0x82F63B78
"""The polynomial 0x1EDC6F41 with its bits in reverse order."""
_MOST_LANES = 1 << 14
_SHORT = 1 << 10
"""Up to this many bytes, one lane is faster."""


def _table() -> Any:
    table: Any = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


_TABLE = _table()
_ROWS = tuple(int(value) for value in _TABLE)
_LOW, _HIGH = np.arange(1 << 16) & 0xFF, np.arange(1 << 16) >> 8
_PAIRS = (_TABLE[(_TABLE[_LOW] ^ _HIGH) & 0xFF] ^ (_TABLE[_LOW] >> 8)).astype(np.uint32)
"""What two bytes do to a state of zeros."""


def crc32c(data: bytes | memoryview) -> int:
    """The checksum of some bytes."""
    size = len(data)
    lanes = 1
    while lanes < _MOST_LANES and size >= _SHORT * lanes:
        lanes *= 2
    length = size // lanes & ~1
    state = 0xFFFF_FFFF
    if lanes > 1:
        state = _joined(data, lanes, length)
    else:
        length = 0
    for byte in data[lanes * length :]:
        state = _ROWS[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ 0xFFFF_FFFF


def masked(checksum: int) -> int:
    """A checksum as it is stored, so that data that hold checksums can be checked themselves."""
    rotated = (checksum >> 15 | checksum << 17) & 0xFFFF_FFFF
    return (rotated + 0xA282_EAD8) & 0xFFFF_FFFF


def _joined(data: bytes | memoryview, lanes: int, length: int) -> int:
    """The state after the first lanes x length bytes."""
    rows = np.frombuffer(data, "<u2", lanes * length // 2).reshape(lanes, length // 2)
    states: Any = np.zeros(lanes, np.uint32)
    states[0] = 0xFFFF_FFFF
    for start in range(0, length // 2, 256):
        # A copy whose rows are columns: each step then reads neighboring bytes.
        for column in np.ascontiguousarray(rows[:, start : start + 256].T):
            states = _PAIRS[(states ^ column) & 0xFFFF] ^ (states >> 16)
    shift = _power(_one_zero_byte(), length)
    while len(states) > 1:
        states = _applied(shift, states[0::2]) ^ states[1::2]
        shift = _applied(shift, shift)
    return int(states[0])


def _one_zero_byte() -> Any:
    """What a byte of zeros does to a state: the image of each of its 32 bits."""
    bits = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    return _TABLE[bits & 0xFF] ^ (bits >> 8)


def _applied(images: Any, states: Any) -> Any:
    """A linear map, by the images of each bit, of states."""
    result = np.zeros_like(states)
    for bit in range(32):
        result ^= np.where(states >> np.uint32(bit) & 1, images[bit], 0).astype(np.uint32)
    return result


def _power(images: Any, exponent: int) -> Any:
    """A linear map applied several times."""
    result = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    while exponent:
        if exponent & 1:
            result = _applied(images, result)
        images = _applied(images, images)
        exponent >>= 1
    return result
