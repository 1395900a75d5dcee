"""Whole numbers that a spec computes: the grammar, its limits, and what it says of a slip."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.ops.expression import (
    DEEPEST,
    LARGEST,
    LONGEST,
    PATTERN,
    ExpressionError,
    is_expression,
    parse,
)

NAMES = {"input": 24, "filters": 64, "$growth": 12}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 * input", 144),
        ("4*$growth", 48),
        ("min(filters // 3, 8)", 8),
        ("max(input // 16, 1, 3)", 3),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("20 - 5 - 5", 10),
        ("17 // 5 * 5", 15),
        ("17 % 5", 2),
        ("-7 // 2", -4),
        ("--3", 3),
        ("10 - -3", 13),
        ("input", 24),
    ],
)
def test_what_an_expression_comes_to(text: str, value: int) -> None:
    assert parse(text).value(NAMES) == value
    assert is_expression(text)
    assert re.search(PATTERN, text)


@pytest.mark.parametrize(
    ("text", "blamed", "message", "help_"),
    [
        ("input / 2", "/", "`/` is not an operation", "write `input // 2`, which rounds down"),
        ("0.5 * input", "0.5", "an expression has whole numbers only", "`input // 2`"),
        ("2 * growth", "growth", "`growth` means nothing in an expression", "`$growth`"),
        ("2 x input", "x", "`x` cannot stand here", "write `2 * input`"),
        ("2 ** 3", "*", "`*` cannot stand here", "a number or a name"),
        ("2 * (input + 1", "(input + 1", "a parenthesis is never closed", "close it"),
        ("min(input", "min(input", "a parenthesis is never closed", "quote an expression"),
        ("min 3 * 4", "3", "`3` cannot stand here", "`min(input, 64)`"),
        ("input + 1)", ")", "`)` cannot stand here", "an operation"),
        ("2 *", "*", "the expression ends too early", "a number or a name"),
        ("input < 3 * 2", "<", "`<` cannot stand here", "an operation"),
        ("abs(3)", "abs", "`abs` means nothing in an expression", "`min` and `max`"),
        ("input.real * 2", ".real", "`.real` cannot stand here", "an operation"),
        ("__import__('os')", "__import__('os')", "`__import__('os')` cannot stand here", ""),
    ],
)
def test_a_slip_is_shown_at_its_characters(
    text: str, blamed: str, message: str, help_: str
) -> None:
    with pytest.raises(ExpressionError, match=re.escape(message)) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == blamed
    assert help_ in caught.value.help


def test_length_depth_and_numbers_are_bounded() -> None:
    assert parse("(" * DEEPEST + "1" + ")" * DEEPEST).value({}) == 1
    deep = "(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1)
    for text in (deep, "1+" * LONGEST + "1", f"{LARGEST + 1} + 1"):
        with pytest.raises(ExpressionError):
            parse(text)
    with pytest.raises(ExpressionError, match="passes"):
        parse("*".join(["99999999"] * 20)).value({})
    with pytest.raises(ExpressionError, match="divides by 0"):
        parse("1 // (input - 24)").value(NAMES)


def test_arguments_are_filled_in_by_whole_names() -> None:
    text = parse("$a * input + $ab").filled_in({"$a": -2, "$ab": 3})
    assert text == "-2 * input + 3"
    assert parse(text).value({"input": 5}) == -7


@given(st.text(alphabet="input$a0123456789+-*/%(),. x", max_size=40))
def test_any_text_is_an_expression_or_a_slip_inside_it(text: str) -> None:
    try:
        parse(text).value({"input": 3, "filters": 4, **dict.fromkeys(parse(text).names, 5)})
    except ExpressionError as error:
        assert 0 <= error.start <= error.end <= len(text)


NUMBERS = st.integers(0, 1000).map(str)
SUMS = st.recursive(
    NUMBERS,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=6,
)


@given(SUMS)
def test_sums_and_products_are_those_of_arithmetic(text: str) -> None:
    assert parse(text).value({}) == _by_hand(text)


def _by_hand(text: str) -> int:
    """The value of a fully bracketed sum, innermost brackets first."""
    inner = re.compile(r"\((-?\d+) ([-+*]) (-?\d+)\)")
    while found := inner.search(text):
        left, right = int(found[1]), int(found[3])
        value = {"+": left + right, "-": left - right, "*": left * right}[found[2]]
        text = text[: found.start()] + str(value) + text[found.end() :]
    return int(text)
