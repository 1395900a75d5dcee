"""Conditions on quantities: what they say, and where they are wrong."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from inceptionspec.analysis.conditions import (
    BYTES,
    COUNT,
    PIXELS,
    SECONDS,
    Conditions,
    read_conditions,
)
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.reports.findings.full import full

NAMES = {"macs": COUNT, "params": COUNT, "memory": BYTES, "seconds": SECONDS, "field": PIXELS}


def read(text: str, *, differences: bool = False) -> Conditions:
    return read_conditions(text, NAMES, "--where", differences=differences)


def refusal(text: str, *, differences: bool = False) -> str:
    with pytest.raises(SpecError) as caught:
        read(text, differences=differences)
    assert [one.code for one in caught.value.findings] == ["E0946"]
    return full(caught.value.findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("macs < 2e9", 2 * 10**9),
        ("macs<2.5G", Fraction(5, 2) * 10**9),
        ("macs >= 10 M", 10**7),
        ("params == 1k", 1000),
        ("memory != 8MiB", 8 << 20),
        ("memory <= .5 kB", 500),
        ("seconds > 20ms", Fraction(1, 50)),
        ("field > 299", 299),
    ],
)
def test_a_value_is_exact(text: str, value: Fraction) -> None:
    (only,) = read(text).all
    assert only.value == value
    assert (only.percent, only.signed) == (False, False)


def test_all_comparisons_must_hold_and_one_without_a_number_does_not() -> None:
    both = read("macs < 2M and params >= 3")
    assert [one.text for one in both.all] == ["macs < 2M", "params >= 3"]
    assert both.hold({"macs": 1, "params": 3})
    assert not both.hold({"macs": 2_000_000, "params": 3})
    assert not both.hold({"macs": 1, "params": 2})
    assert not both.hold({"macs": None, "params": 3})


@pytest.mark.parametrize(
    ("symbol", "holds"),
    [("<", "100"), ("<=", "110"), (">", "001"), (">=", "011"), ("==", "010"), ("!=", "101")],
)
def test_every_comparison(symbol: str, holds: str) -> None:
    (only,) = read(f"macs {symbol} 5").all
    assert [only.holds(number) for number in (4, 5, 6)] == [mark == "1" for mark in holds]


def test_a_difference_has_a_sign_or_is_a_percentage() -> None:
    more, less, part = read("macs > +1M and params < -3 and memory > 2%", differences=True).all
    assert (more.value, less.value, part.value) == (10**6, -3, 2)
    assert (part.percent, less.signed) == (True, True)
    assert "write `+5M`" in refusal("macs > 5M", differences=True)
    assert "without a sign" in refusal("macs > +5M")
    assert "is not measured in `%`" in refusal("macs > +5%")


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("mac > 3", 1, "did you mean `macs`?"),
        ("macs 3", 6, "comparisons are `<`"),
        ("macs => 3", 6, "write `>=`"),
        ("macs = 3", 6, "write `==`"),
        ("macs > many", 8, "write `macs > 2e6`"),
        ("macs > 2MiB", 8, "suffixes are `k`, `M` and `G`"),
        ("field > 2k", 9, "leave it out"),
        ("macs > 3 or params > 2", 10, "comparisons are joined by `and`"),
        ("macs > 3 params > 2", 10, "write `and`"),
        ("macs > 3 and", 13, "the name of a quantity is missing"),
        ("macs >", 7, "a number is missing"),
        ("", 1, "the name of a quantity is missing"),
        ("macs > 1e999", 8, "is compared with no number"),
        ("(macs > 1)", 1, "there is no quantity `(`"),
    ],
)
def test_the_place_of_what_does_not_fit(text: str, column: int, words: str) -> None:
    printed = refusal(text)
    assert f"--> --where:1:{column}\n" in printed
    assert words in printed


def test_a_very_long_text_or_one_of_two_lines_is_refused() -> None:
    assert "at most 1,000 characters" in refusal("macs > 1 and " * 100 + "macs > 1")
    assert "one line" in refusal("macs > 1\nand macs > 2")


@pytest.mark.parametrize("differences", [False, True])
def test_a_missing_number_is_shown_in_a_condition_that_reads(differences: bool) -> None:
    said = refusal("macs >", differences=differences)
    (followed,) = re.findall("help: write `(.*)`", said)
    assert read(followed, differences=differences).all
