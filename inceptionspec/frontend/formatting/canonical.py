"""A spec's text in the canonical layout, which says what the text said before."""

from __future__ import annotations

import json
import re
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.formatting.parse import parse
from inceptionspec.frontend.formatting.sections import moved_sections
from inceptionspec.frontend.formatting.spelling import settled_data
from inceptionspec.frontend.formatting.write import write
from inceptionspec.frontend.reading.yaml_reader import read

_LINE_BREAK = re.compile("\r\n?")


def formatted(source: Source, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of a spec in the canonical layout.

    The text need not be a spec without findings; it must be YAML of the language.

    Raises:
        SpecError: it is not, or the layout would lose a comment or change a value.
    """
    # One after the other: a text of a megabyte makes a hundred of each of these.
    meaning = _meaning(read(source, limits))
    result, comments = _laid_out(_LINE_BREAK.sub("\n", source.text or ""))
    if not _says_the_same(result, meaning, comments, limits):
        message = "formatting would change the meaning of this file"
        help_ = "this is a bug in specbuild: please report it with the file, which is as it was"
        raise spec_error("E0807", message, source.whole(), help_)
    return result


def _laid_out(text: str) -> tuple[str, list[str]]:
    """A text in the canonical layout, and its comments in alphabetical order."""
    parsed, comments = parse(text)
    return write(parsed), sorted(comment.text for comment in comments)


def _says_the_same(result: str, meaning: str, comments: list[str], limits: Limits) -> bool:
    try:
        again = _meaning(read(Source("formatted", result), limits))
    except SpecError:
        return False
    _, found = parse(result)
    return again == meaning and sorted(comment.text for comment in found) == comments


def _meaning(data: Any) -> str:
    """Data as text: types of numbers count, and the order of keys in branches and heads."""
    return json.dumps(_in_order(moved_sections(settled_data(data))), sort_keys=True)


def _in_order(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if key in ("branches", "heads"):
            return [[name, _in_order(part)] for name, part in value.items()]
        return {name: _in_order(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_in_order(part) for part in value]
    return value
