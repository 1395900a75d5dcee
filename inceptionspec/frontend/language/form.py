"""What a language is a table of: forms, their fields, and structures of them.

Networks and recipes are two languages of the same parts. The check of a file
(``form_checker``) and the JSON Schema for editors (``form_schema``) are both made from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from inceptionspec.ops.attribute_types import Kind

NAME_PATTERN = "^[A-Za-z][A-Za-z0-9_]{0,63}$"
_NAME = re.compile(NAME_PATTERN[1:-1])

NAME = Kind(
    "a name: a letter, then letters, digits and `_`, 64 at most",
    {"type": "string", "pattern": NAME_PATTERN},
)
TEXT = Kind("a text", {"type": "string", "minLength": 1})
TITLE = Kind("a text of 1 to 100 characters", {"type": "string", "minLength": 1, "maxLength": 100})
TEXTS = Kind("a list of texts", {"type": "array", "items": {"type": "string", "minLength": 1}})


def is_name(text: str) -> bool:
    """Whether a text can be one element of a path."""
    return _NAME.fullmatch(text) is not None


class Section(NamedTuple):
    """A mapping of one form; a scalar of the kind ``short`` may stand in its place."""

    form: Form
    short: Kind | None = None


class Choice(NamedTuple):
    """A mapping whose key ``kind`` decides its form; or a scalar of the kind ``short``."""

    title: str
    forms: Mapping[str, Form]
    short: Kind | None = None


class Named(NamedTuple):
    """A mapping from names to sections."""

    entry: Section


class Listed(NamedTuple):
    """A list of sections, each called ``what`` in a sentence."""

    what: str
    entry: Section
    least: int = 0
    most: int = 1 << 20


class OneOrSeveral(NamedTuple):
    """A scalar, or a list of some; ``expected`` says both in a sentence."""

    expected: str
    one: Kind
    most: int = 1 << 20

    @property
    def kind(self) -> Kind:
        """Both as one kind."""
        several = {"type": "array", "items": self.one.schema, "minItems": 1, "maxItems": self.most}
        return Kind(self.expected, {"anyOf": [self.one.schema, several]})


Structure = Section | Choice | Named | Listed
#: The key of a choice that decides what its other keys may be.
KIND = "kind"


class Field(NamedTuple):
    """One key of a form: a scalar kind, a structure, or the name of one that holds itself."""

    value: Kind | Structure | str
    doc: str
    required: bool = False
    arguments: bool = False
    """Whether ``$name`` may stand for the value."""


class Form(NamedTuple):
    """A mapping of the language: what it is called in a sentence, and its keys.

    The keys are in the order in which `specbuild format` writes them. A ``partial`` form is
    for changes of something that is written elsewhere, and requires nothing.
    """

    title: str
    fields: Mapping[str, Field]
    partial: bool = False


def partial(form: Form) -> Form:
    """The form of changes to what has another form."""
    fields = {key: field._replace(required=False) for key, field in form.fields.items()}
    return form._replace(fields=fields, partial=True)
