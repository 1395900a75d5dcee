"""Expressions in a spec: what is wrong with one, at the characters that are to blame."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.language.forms import argument_name
from inceptionspec.ops.attribute_types import Kind
from inceptionspec.ops.expression import ExpressionError, is_expression, parse


def expressed(kind: Kind, value: object) -> str | None:
    """The value of a count if it is meant as an expression; ``$name`` alone is none."""
    if kind.expressions and isinstance(value, str) and is_expression(value):
        return value if argument_name(value) is None else None
    return None


def syntax_error(text: str, what: str, span: Span) -> Diagnostic | None:
    """The finding that a text is no expression; None for one that is."""
    try:
        parse(text)
    except ExpressionError as error:
        return bad_expression(text, error, what, span)
    return None


def bad_expression(text: str, error: ExpressionError, what: str, span: Span) -> Diagnostic:
    """The finding for an expression that cannot be read or has no value."""
    return Diagnostic(
        "E0205",
        f"the expression for {what} cannot be read",
        Label(inside(text, error.start, error.end, span), error.message),
        helps=(error.help,) if error.help else (),
    )


def inside(text: str, start: int, end: int, span: Span) -> Span:
    """The place of some characters of a scalar; all of it where it is written otherwise."""
    width = span.end_column - span.column
    quotes, rest = divmod(width - len(text), 2)
    if end <= start or span.line != span.end_line or rest or quotes not in (0, 1):
        return span
    column = span.column + quotes + start
    return span._replace(column=column, end_column=column + end - start)
