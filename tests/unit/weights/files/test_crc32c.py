"""The checksum against its published values, and against its definition."""

from __future__ import annotations

import random

import pytest

from inceptionspec.weights.files.crc32c import crc32c, masked


def by_definition(data: bytes) -> int:
    state = 0xFFFF_FFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F6_3B78 if state & 1 else 0)
    return state ^ 0xFFFF_FFFF


@pytest.mark.parametrize(
    ("data", "checksum"),
    [  # RFC 3720, B.4
        (b"123456789", 0xE306_9283),
        (bytes(32), 0x8A91_36AA),
        (b"\xff" * 32, 0x62A8_AB43),
        (bytes(range(32)), 0x46DD_794E),
        (bytes(range(31, -1, -1)), 0x113F_DB5C),
        (b"", 0),
    ],
)
def test_published_values(data: bytes, checksum: int) -> None:
    assert crc32c(data) == checksum


@pytest.mark.parametrize("size", [1, 1023, 1024, 1025, 2047, 2049, 4099, 33_333])
def test_any_length_is_by_definition(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert crc32c(data) == crc32c(memoryview(data)) == by_definition(data)


def test_the_mask_is_leveldbs() -> None:
    checksum = crc32c(b"foo")
    assert masked(checksum) != checksum
    assert masked(masked(checksum)) != checksum
    assert masked(0) == 0xA282_EAD8
