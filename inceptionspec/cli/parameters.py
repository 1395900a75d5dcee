"""Types of options, whose wrong values are findings, and the option that many commands have."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inceptionspec.cli.command import value_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed

if TYPE_CHECKING:  # click's types are generic for type checkers, and were not always
    _Choice = click.Choice[str]
    _WholeType = click.ParamType[int]
    _NumberType = click.ParamType[float]
else:
    _Choice = click.Choice
    _WholeType = _NumberType = click.ParamType

_Command = TypeVar("_Command", bound=Callable[..., Any])
MOST = 10**12
"""The largest whole number that an option takes unless it says otherwise."""
_MOST_DIGITS = 18


class Choice(_Choice):
    """One of some words."""

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__(tuple(choices))

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> str:
        """The word, or a finding."""
        if value not in self.choices:
            near = did_you_mean(str(value), self.choices)
            raise value_error(param, value, listed(self.choices, "or"), *near)
        return str(value)


class Whole(_WholeType):
    """A whole number between two bounds."""

    name = "integer"

    def __init__(self, least: int = -MOST, most: int = MOST) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> int:
        """The number, or a finding."""
        match = re.fullmatch("([+-]?)0*([0-9]+)", str(value))
        if match is None:
            raise value_error(param, value, "a whole number")
        sign, digits = match.groups()
        if len(digits) > _MOST_DIGITS:  # Python refuses to convert thousands of them
            digits = "9" * _MOST_DIGITS
        number = int(sign + digits)
        if number < self.least:
            raise value_error(param, value, f"at least {self.least:,}")
        if number > self.most:
            raise value_error(param, value, f"at most {self.most:,}")
        return number


class Number(_NumberType):
    """A finite number."""

    name = "float"

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> float:
        """The number, or a finding."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise value_error(param, value, "a finite number")
        return number


def format_option(*forms: str) -> Callable[[_Command], _Command]:
    """Add `--format`, which the command gets as ``form``; the first is the default."""
    return click.option(
        "--format",
        "form",
        type=Choice(forms),
        default=forms[0],
        show_default=True,
        help="What to print.",
    )
