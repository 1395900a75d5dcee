"""The tags of an HTML fragment, each of which must be closed."""

from __future__ import annotations

from html.parser import HTMLParser

#: Tags that have no end.
_VOID = frozenset({"br", "img", "source"})


class Tags(HTMLParser):
    """Reads a fragment and fails where a tag is closed that is not the last one open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    @classmethod
    def of(cls, fragment: str) -> set[str]:
        """The names of all tags."""
        self = cls()
        self.feed(fragment)
        assert not self.open
        return self.seen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
