"""Where lines of a text start, and what stands in them."""

from __future__ import annotations

from bisect import bisect_right


class Lines:
    """Where lines of a text start, and what stands in them."""

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
        """What stands in the line before a place."""
        return self.text[self.starts[self.number(index)] : index]

    def follows_blank(self, index: int) -> bool:
        """Whether the line before that of a place is empty."""
        number = self.number(index)
        if number == 0:
            return False
        return not self.text[self.starts[number - 1] : self.starts[number]].strip()

    def opens_after_blank(self, index: int) -> bool:
        """Whether a place is the first in its line, but for dashes, and the one before empty."""
        start = self.starts[self.number(index)]
        while index > start and self.text[index - 1] in " -":
            index -= 1
        return index == start and self.follows_blank(index)
