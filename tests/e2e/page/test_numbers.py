"""The same digits and units in pictures and on pages, whatever the number."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from support import spec

from inceptionspec.drawing.diagram.figures import (
    bytes_text,
    count_text,
    round_text,
    seconds_text,
)


def numbers() -> list[float]:
    """Those of networks, all around powers of ten and of two, halves of the last digit, any."""
    chosen: list[float] = [0, 1, 7, 512, 999, 1_692_736, 322_437_120, 5_718_899_296, 8_297_856]
    for size in (1e3, 1e6, 1e9, 1e12, 2.0**10, 2.0**20, 2.0**30):
        for part in (0.9994, 0.9995, 0.99949999, 1, 1.001, 1.125, 1.135, 9.995, 99.95, 999.5, 1024):
            chosen += [part * size, round(part * size)]
    chosen += [1e-9, 9.9e-7, 9.995e-4, 0.00123, 0.5, 0.9995, 1.125, 12.35, 999.4, 999.5, 1023.5]
    draws = random.Random(18)
    chosen += [10 ** draws.uniform(-9, 40) for _ in range(300)]
    chosen += [draws.randrange(10 ** draws.randrange(1, 14)) for _ in range(300)]
    return chosen + [-number for number in chosen]


@pytest.mark.parametrize(
    ("name", "text"), [("count", count_text), ("bytes", bytes_text), ("seconds", seconds_text)]
)
def test_pages_and_pictures_write_a_number_alike(
    show: Callable[..., Any], name: str, text: Callable[[float], str]
) -> None:
    page = show(spec("- {op: conv, kernel: 1, filters: 4}"))
    given = numbers()
    found = page.evaluate(f"given => given.map(number => words.{name}(number))", given)
    assert dict(zip(given, found, strict=True)) == {number: text(number) for number in given}
    ticks = page.evaluate(f"given => given.map(number => words.round(words.{name}(number)))", given)
    assert ticks == [round_text(text(number)) for number in given]


def test_the_texts_of_some_numbers() -> None:
    assert [count_text(number) for number in (5_718_899_296, 1_299_900, 999, -0.5)] == [
        "5.72G", "1.30M", "999", "\u22120.5"
    ]  # fmt: skip
    assert [bytes_text(number) for number in (8_297_856, 1000, 1023, 1024)] == [
        "7.91 MiB", "1000 B", "1023 B", "1.00 KiB"
    ]  # fmt: skip
    assert [seconds_text(number) for number in (1.2, 0.01234, 4.5e-6)] == [
        "1.20 s", "12.3 ms", "4.50 \u00b5s"
    ]  # fmt: skip
    assert count_text(1_125_000) == "1.13M"  # as JavaScript, which rounds halves up
