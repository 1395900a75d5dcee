"""Where the comments of a text are: whatever starts with a `#` outside its scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inceptionspec.frontend.formatting.parts import Scalar

# What ends a line to a reader of YAML 1.1, which the parser is.
_REST_OF_LINE = re.compile("[^\n\x85\u2028\u2029]*")


class Comment(NamedTuple):
    """A comment from its `#` on, without the spaces at its end, and where it starts."""

    text: str
    start: int


def comments_of(text: str, scalars: Sequence[Scalar]) -> list[Comment]:
    """All comments, in order of place.

    The language has no tags and anchors, so that outside of scalars there is nothing but
    brackets, dashes, colons, commas and space: no other `#` can stand there.
    """
    found = []
    for start, end in _between(text, scalars):
        place = text.find("#", start, end)
        while place >= 0:
            rest = _REST_OF_LINE.match(text, place)
            assert rest is not None
            found.append(Comment(rest.group().rstrip(), place))
            place = text.find("#", rest.end(), end)
    return found


def _between(text: str, scalars: Sequence[Scalar]) -> Iterator[tuple[int, int]]:
    """Stretches outside of scalars. The first line of a block scalar is one of them."""
    place = 0
    for scalar in scalars:
        yield place, scalar.start
        place = scalar.end
        if scalar.style in ("|", ">"):
            head = text.find("\n", scalar.start, scalar.end)
            yield scalar.start, scalar.end if head < 0 else head
    yield place, len(text)
