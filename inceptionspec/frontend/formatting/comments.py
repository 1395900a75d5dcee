"""The lines of a text, and its comments: everything from a `#` outside of scalars."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inceptionspec.frontend.formatting.parts import Scalar

# What ends a line in YAML 1.1, which the parser reads.
_REST_OF_LINE = re.compile("[^\n\x85\u2028\u2029]*")


class Comment(NamedTuple):
    """A comment from its `#` on, without the spaces at its end, and where it starts."""

    text: str
    start: int


def comments_of(text: str, scalars: Sequence[Scalar]) -> list[Comment]:
    """All comments, in order of place.

    The language has no tags or anchors, so outside of scalars there are only brackets, dashes,
    colons, commas and spaces, and each `#` starts a comment.
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
    """Ranges outside of scalars. The first line of a block scalar counts as outside."""
    place = 0
    for scalar in scalars:
        yield place, scalar.start
        place = scalar.end
        if scalar.style in ("|", ">"):
            head = text.find("\n", scalar.start, scalar.end)
            yield scalar.start, scalar.end if head < 0 else head
    yield place, len(text)


class Lines:
    """Where the lines of a text start, and what is in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for index, character in enumerate(text):
            if character == "\n":
                self.starts.append(index + 1)

    def number(self, index: int) -> int:
        """The line, counted from 0, that a place is in."""
        return bisect_right(self.starts, index) - 1

    def before(self, index: int) -> str:
        """What is in the line before a place."""
        return self.text[self.starts[self.number(index)] : index]

    def follows_blank(self, index: int) -> bool:
        """Whether the line before that of a place is empty."""
        number = self.number(index)
        if number == 0:
            return False
        return not self.text[self.starts[number - 1] : self.starts[number]].strip()

    def opens_after_blank(self, index: int) -> bool:
        """Whether only dashes come before a place in its line, and the line before is empty."""
        start = self.starts[self.number(index)]
        while index > start and self.text[index - 1] in " -":
            index -= 1
        return index == start and self.follows_blank(index)
