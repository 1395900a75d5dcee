"""Conditions on quantities, as `macs < 2e9 and params < 10M`: one small grammar for all commands.

::

    conditions := comparison {"and" comparison}
    comparison := name ("<" | "<=" | ">" | ">=" | "==" | "!=") value
    value      := ["+" | "-"] number [suffix]

Suffixes are ``%``, those of counts (``k``, ``M``, ``G``), of bytes (``kB`` to ``GB``, ``KiB`` to
``GiB``) and of times (``ms``, ``s``). Values are exact fractions, so that a bound that is met
exactly is met.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from inceptionspec.diagnostics.diagnostic import Label, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed

COUNT, BYTES, SECONDS, PIXELS = "count", "bytes", "seconds", "pixels"
PERCENT = "%"
#: The factor of each suffix, by what it may follow.
SUFFIXES: Mapping[str, Mapping[str, Fraction]] = MappingProxyType(
    {
        COUNT: {"k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9)},
        BYTES: {
            "kB": Fraction(10**3),
            "MB": Fraction(10**6),
            "GB": Fraction(10**9),
            "KiB": Fraction(2**10),
            "MiB": Fraction(2**20),
            "GiB": Fraction(2**30),
        },
        SECONDS: {"ms": Fraction(1, 1000), "s": Fraction(1)},
        PIXELS: {},
    }
)
_Number = int | float | Fraction
_SYMBOLS: Mapping[str, Callable[[_Number, _Number], bool]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }
)
#: What other languages write.
_MEANT: Mapping[str, str] = MappingProxyType({"=": "==", "=>": ">=", "=<": "<=", "===": "=="})
_LONGEST = 1000
_KNOWN = "|".join(suffix for table in SUFFIXES.values() for suffix in table)
_TOKEN = re.compile(
    r"(?P<number>[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?)"
    rf"(?P<suffix> ?(?:%|(?:{_KNOWN})\b)|[A-Za-z]+)?(?![\w.])"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<symbol><=|>=|==|!=|<|>)|(?P<other>=[<>=]*|[|&]+|[\w.+-]+|\S)"
)


class Comparison(NamedTuple):
    """One comparison of a quantity with a value.

    Attributes:
        name: a key of the table of names that it was read with.
        symbol: one of ``<``, ``<=``, ``>``, ``>=``, ``==`` and ``!=``.
        value: the number, times the factor of its suffix; of a percentage, the percents.
        percent: whether it has the suffix ``%``.
        signed: whether it was written with ``+`` or ``-``.
        text: as it was written.
        span: its place.
    """

    name: str
    symbol: str
    value: Fraction
    percent: bool
    signed: bool
    text: str
    span: Span

    def holds(self, actual: _Number) -> bool:
        """Whether a number compares so with the value."""
        return _SYMBOLS[self.symbol](actual, self.value)


class Conditions(NamedTuple):
    """Comparisons that hold together, or not at all."""

    text: str
    all: tuple[Comparison, ...]

    def hold(self, actual: Mapping[str, _Number | None]) -> bool:
        """Whether all hold; one with a number that is not known does not.

        Args:
            actual: the number of each name.
        """
        for comparison in self.all:
            number = actual[comparison.name]
            if number is None or not comparison.holds(number):
                return False
        return True


def read_conditions(
    text: str, names: Mapping[str, str], where: str, *, differences: bool = False
) -> Conditions:
    """The conditions that a text states.

    Args:
        text: one or more comparisons, joined by ``and``.
        names: the quantities that may be compared, each with its unit, a key of ``SUFFIXES``.
        where: what the text is of, as `--where`; findings show the text under this name.
        differences: whether values are differences, which have a sign or are percentages;
            otherwise a value may be neither.

    Raises:
        SpecError: the text is not such conditions, at the place in it (E0946).
    """
    return _Reader(text, names, where, differences).read()


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int
    number: str = ""
    suffix: str = ""


def _token(match: re.Match[str]) -> _Token:
    number, suffix = match["number"] or "", (match["suffix"] or "").strip()
    kind = "number" if number else match.lastgroup or ""
    return _Token(kind, match[0], match.start(), match.end(), number, suffix)


class _Reader:
    """One reading of a text, token by token."""

    def __init__(self, text: str, names: Mapping[str, str], where: str, differences: bool) -> None:
        self.names, self.differences = names, differences
        self.text = text
        self.source = Source(where, text)
        if len(text) > _LONGEST or not text.isprintable():
            message = f"conditions are one line of at most {_LONGEST:,} characters"
            shown = shortened(f"{where} {text}", 80)
            raise SpecError([finding("E0946", message, shown, "write it shorter, or on one line")])
        self.tokens = [_token(match) for match in _TOKEN.finditer(text)]
        self.next = 0

    def read(self) -> Conditions:
        found = [self._comparison()]
        while self.next < len(self.tokens):
            joint = self._take()
            if joint.text != "and":
                either = joint.text.lower() in ("or", "||", "|") and self.differences
                help_ = "repeat the option for what is enough alone" if either else "write `and`"
                self._refuse(joint, "comparisons are joined by `and`", "not `and`", help_)
            found.append(self._comparison())
        return Conditions(self.text.strip(), tuple(found))

    def _comparison(self) -> Comparison:
        name = self._take("the name of a quantity", f"write one of {listed(tuple(self.names))}")
        if name.text not in self.names:
            word, known = shortened(name.text), tuple(self.names)
            helps = did_you_mean(word, known) or (f"quantities are {listed(known)}",)
            self._refuse(name, f"there is no quantity `{word}`", "not a quantity", *helps)
        symbol = self._take("a comparison", f"write one of {listed(tuple(_SYMBOLS))}")
        if symbol.kind != "symbol":
            meant = _MEANT.get(symbol.text)
            helps = (f"write `{meant}`" if meant else f"comparisons are {listed(tuple(_SYMBOLS))}",)
            self._refuse(symbol, f"`{name.text}` is not compared", "not a comparison", *helps)
        help_ = f"write `{name.text} {symbol.text} {'+2%' if self.differences else '2e6'}`"
        value = self._take("a number", help_)
        if value.kind != "number":
            self._refuse(value, f"`{name.text}` is compared with no number", "not a number", help_)
        number, percent = self._number(name, value)
        text, span = self.text[name.start : value.end], self._span(name.start, value.end)
        signed = value.number[0] in "+-"
        return Comparison(name.text, symbol.text, number, percent, signed, text, span)

    def _number(self, name: _Token, value: _Token) -> tuple[Fraction, bool]:
        unit, number, suffix = self.names[name.text], Fraction(value.number), value.suffix
        if suffix == PERCENT and self.differences:
            return number, True
        factors = {"": Fraction(1), **SUFFIXES[unit]}
        if suffix not in factors:
            known = (*SUFFIXES[unit], *([PERCENT] if self.differences else ()))
            message = f"`{name.text}` is not measured in `{shortened(suffix)}`"
            help_ = f"suffixes are {listed(known)}" if known else "leave it out"
            self._refuse(value, message, "not its unit", help_)
        signed = value.number[0] in "+-"
        if self.differences and not signed:
            message = "a difference has a sign, or is a percentage"
            help_ = f"write `+{value.text}`"
            self._refuse(value, message, "neither", help_, "a budget bounds the network itself")
        if signed and not self.differences:
            message = f"`{name.text}` is compared with a number without a sign"
            self._refuse(value, message, "it has one", f"write `{value.text[1:]}`")
        return number * factors[suffix], False

    def _take(self, expected: str = "", help_: str = "") -> _Token:
        if self.next == len(self.tokens):
            end = len(self.text.rstrip())
            place = _Token("end", "", end, end + 1)
            self._refuse(place, f"{expected} is missing", "the text ends here", help_)
        self.next += 1
        return self.tokens[self.next - 1]

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source, 1, start + 1, 1, end + 1)

    def _refuse(self, token: _Token, message: str, label: str, *helps: str) -> NoReturn:
        place = Label(self._span(token.start, token.end), label)
        raise SpecError([finding("E0946", message, place, *helps)])
