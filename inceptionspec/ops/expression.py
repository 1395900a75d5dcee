"""Whole numbers that a spec computes: ``6 * input``, ``min(filters // 3, 8)``, ``2 * $growth``.

Such an expression can be written in place of a count. Its whole grammar::

    sum     = product {("+" | "-") product}
    product = factor {("*" | "//" | "%") factor}
    factor  = "-" factor | number | name | "(" sum ")" | ("min" | "max") "(" sum {"," sum} ")"

A name is ``input`` (the channels that come into the block), ``filters`` (those of the same
layer, after the width) or an argument such as ``$growth``. Python evaluates nothing: the text
becomes a tuple in postfix order, and a stack computes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

LONGEST = 200
"""The most characters of an expression."""
DEEPEST = 16
"""The most nested parentheses."""
LARGEST = 1 << 53
"""The largest number that may occur in a calculation."""
INPUT = "input"
FILTERS = "filters"
_NAMES = (INPUT, FILTERS)

#: What an editor takes for an expression. The parser below decides, and says why not.
PATTERN = (
    r"^(input|(?=.*([-+*%(]|//))(?!.*(^|[^/])/([^/]|$))"
    rf"[-+*/%(), $A-Za-z0-9_]{{1,{LONGEST}}})$"
)
_OPERATION = re.compile(r"[-+*/%()^]|[0-9] *\$|[0-9] +[A-Za-z]")
# Compiled at its first use: most networks hold no expression.
_TOKEN = (
    r" *(?:(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][0-9]+)?)|(?P<name>\$?[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>//|[-+*/%(),])|(?P<other>[^ ]+))"
)


class ExpressionError(Exception):
    """A text is no expression, or has no value: what is wrong, from where to where, and a help."""

    def __init__(self, message: str, start: int = 0, end: int = 0, help_: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.help = help_


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class Expression(NamedTuple):
    """A text that was parsed: numbers, names and operations in postfix order."""

    text: str
    postfix: tuple[int | str, ...]
    names: frozenset[str]

    def value(self, names: Mapping[str, int]) -> int:
        """The value of the expression.

        Args:
            names: a number for each of ``names``, arguments with their dollar sign.

        Raises:
            ExpressionError: it divides by 0, or passes ``LARGEST``.
        """
        stack: list[int] = []
        for part in self.postfix:
            operation = _OPERATIONS.get(part) if isinstance(part, str) else None
            if operation is None:
                stack.append(part if isinstance(part, int) else names[part])
            elif part == _NEGATE:
                stack.append(-stack.pop())
            else:
                right, left = stack.pop(), stack.pop()
                if right == 0 and part in ("//", "%"):
                    raise ExpressionError(f"`{self.text}` divides by 0")
                stack.append(operation(left, right))
            if abs(stack[-1]) > LARGEST:
                raise ExpressionError(f"`{self.text}` passes {LARGEST:,} on the way")
        return stack[0]

    def filled_in(self, names: Mapping[str, int]) -> str:
        """The text with a number in the place of some names."""
        parts, at = [], 0
        for token in _tokens(self.text):
            if token.kind == "name" and token.text in names:
                parts += [self.text[at : token.start], str(names[token.text])]
                at = token.end
        return "".join(parts) + self.text[at:]


_NEGATE = "negate"
_OPERATIONS: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {
        "+": lambda left, right: left + right,
        "-": lambda left, right: left - right,
        "*": lambda left, right: left * right,
        "//": lambda left, right: left // right,
        "%": lambda left, right: left % right,
        "min": min,
        "max": max,
        _NEGATE: lambda left, right: -left,
    }
)


def is_expression(value: object) -> bool:
    """Whether a value is meant as an expression: ``input``, or a text with an operation."""
    return isinstance(value, str) and (value == INPUT or _OPERATION.search(value) is not None)


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        ExpressionError: with the characters to blame.
    """
    if len(text) > LONGEST:
        raise ExpressionError(
            f"an expression has at most {LONGEST} characters, this one {len(text):,}",
            end=len(text),
        )
    return _Parser(text).expression()


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(
            found.lastgroup or "", found[found.lastgroup or 0], *found.span(found.lastgroup or 0)
        )
        for found in re.finditer(_TOKEN, text)
    ]


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*_tokens(text), _Token("end", "", len(text), len(text))]
        self.at = 0
        self.depth = 0
        self.postfix: list[int | str] = []
        self.names: set[str] = set()

    def expression(self) -> Expression:
        """The whole text."""
        self._sum()
        if self._token.kind != "end":
            self._unexpected("an operation such as `*` belongs before this")
        return Expression(self.text, tuple(self.postfix), frozenset(self.names))

    @property
    def _token(self) -> _Token:
        return self.tokens[self.at]

    def _taken(self, *signs: str) -> str:
        """The next sign, if it is one of some, which is then read."""
        token = self._token
        if token.kind == "sign" and token.text in signs:
            self.at += 1
            return token.text
        return ""

    def _sum(self) -> None:
        self._product()
        while sign := self._taken("+", "-"):
            self._product()
            self.postfix.append(sign)

    def _product(self) -> None:
        self._factor()
        while sign := self._taken("*", "//", "%"):
            self._factor()
            self.postfix.append(sign)

    def _factor(self) -> None:
        signs = 0
        while self._taken("-"):
            signs += 1
        token = self._token
        if token.kind == "number":
            self._number(token)
        elif token.kind == "name" and token.text in ("min", "max"):
            self.at += 1
            self._call(token)
        elif token.kind == "name":
            self._name(token)
        elif self._taken("("):
            self._inside(token)
            self._sum()
            self._close(token)
        else:
            self._unexpected("a number or a name belongs here")
        self.postfix += [_NEGATE] * (signs % 2)

    def _number(self, token: _Token) -> None:
        if not token.text.isdigit():
            raise ExpressionError(
                "an expression has whole numbers only",
                token.start,
                token.end,
                "divide with `//`, which rounds down, as in `input // 2`",
            )
        if int(token.text) > LARGEST:
            raise ExpressionError(f"a number passes {LARGEST:,}", token.start, token.end)
        self.at += 1
        self.postfix.append(int(token.text))

    def _name(self, token: _Token) -> None:
        if not token.text.startswith("$") and token.text not in _NAMES:
            help_ = f"an argument is written `${token.text}`; `input` is what comes in"
            if self.tokens[self.at + 1].text == "(":
                help_ = "the only functions are `min` and `max`"
            raise ExpressionError(
                f"`{token.text}` means nothing in an expression", token.start, token.end, help_
            )
        self.at += 1
        self.names.add(token.text)
        self.postfix.append(token.text)

    def _call(self, name: _Token) -> None:
        """The arguments of ``min`` or ``max``, in parentheses."""
        if not self._taken("("):
            self._unexpected(f"`{name.text}` needs parentheses, as in `{name.text}(input, 64)`")
        self._inside(name)
        self._sum()
        while self._taken(","):
            self._sum()
            self.postfix.append(name.text)
        self._close(name)

    def _inside(self, opened: _Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"parentheses are nested more than {DEEPEST} deep"
            raise ExpressionError(message, opened.start, opened.end)

    def _close(self, opened: _Token) -> None:
        self.depth -= 1
        if self._taken(")"):
            return
        if self._token.kind == "end":
            help_ = "close it; between braces, quote an expression that holds a comma"
            message = "a parenthesis is never closed"
            raise ExpressionError(message, opened.start, len(self.text), help_)
        self._unexpected("`)` or an operation belongs before this")

    def _unexpected(self, wanted: str) -> None:
        """Refuse the next token, in words of its own where it is a usual slip."""
        token = self._token
        if token.kind == "end":
            raise ExpressionError(
                "the expression ends too early", max(token.start - 1, 0), token.end, wanted
            )
        if token.text == "/":
            right = self.text[token.end :].strip()
            help_ = f"write `{self.text[: token.start].strip()} // {right}`, which rounds down"
            raise ExpressionError("`/` is not an operation", token.start, token.end, help_)
        if token.text in ("x", "X", "\u00d7"):
            wanted = f"write `{self.text[: token.start]}*{self.text[token.end :]}`"
        raise ExpressionError(f"`{token.text}` cannot stand here", token.start, token.end, wanted)
