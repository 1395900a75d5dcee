"""Attach comments to the entries that they are about."""

from __future__ import annotations

from bisect import bisect_left

from inceptionspec.frontend.formatting.comments import Comment, Lines
from inceptionspec.frontend.formatting.parts import Collection, Entry, Remark, Scalar, Text


def attach(comment: Comment, text: Text, lines: Lines) -> None:
    """Give a comment to an entry, to the end of a collection, or to the head of the text."""
    place = bisect_left(text.entries, comment.start, key=lambda entry: entry.start)
    last = text.entries[place - 1] if place else None
    following = text.entries[place] if place < len(text.entries) else None
    lead = lines.before(comment.start).strip()
    remark = Remark(comment.text, lines.follows_blank(comment.start))
    if last is None and (following is None or lead.strip("- ") or lead in ("", "---")):
        text.header.append(remark)
    elif lead == "...":
        text.root.after.append(remark)
    elif last is None or (lead and not lead.strip("- ") and _opens(last, comment, lines)):
        assert following is not None
        _at_line_end(following, comment, lines)
    elif lead:
        _at_line_end(_ended(last, comment), comment, lines)
    else:
        _above(remark, comment, last, following, lines)


def _opens(last: Entry, comment: Comment, lines: Lines) -> bool:
    """Whether a line of dashes opens an item that comes later."""
    return lines.number(last.start) < lines.number(comment.start)


def _ended(last: Entry, comment: Comment) -> Entry:
    """What a comment at the end of a line is about: the outermost thing that ends there."""
    entry = last
    while entry.owner.flow and entry.owner.end <= comment.start and entry.owner.entry is not None:
        entry = entry.owner.entry
    return entry


def _at_line_end(entry: Entry, comment: Comment, lines: Lines) -> None:
    """Put a comment at the end of an entry's first line, or above it if that has one already.

    On the first line of an item the comment is about the whole item.
    """
    number = lines.number(comment.start)
    holder = entry.owner.entry
    while (
        holder is not None
        and holder.key is None
        and entry.owner.is_mapping
        and entry is entry.owner.entries[0]
        and lines.number(entry.start) == number
    ):
        entry, holder = holder, holder.owner.entry
    if entry.inline is None:
        entry.inline, entry.inline_line = comment.text, number
    else:
        entry.before.append(Remark(comment.text, False))


def _above(
    remark: Remark, comment: Comment, last: Entry, following: Entry | None, lines: Lines
) -> None:
    """Put a comment on a line of its own above the next entry, or at the end of a collection."""
    inside = _open_brackets(last, comment.start)
    if inside is not None and (following is None or following.start >= inside.end):
        (inside.after if inside.entries else last.before).append(remark)
    elif isinstance(last.value, Scalar) and last.value.start > comment.start:
        last.before.append(remark)
    elif inside is not None or (following is not None and following.owner.entry is last):
        assert following is not None
        following.before.append(remark)
    else:
        column = len(lines.before(comment.start))
        ended = _ending(last, following)
        if following is not None and (column <= following.owner.column or not ended):
            following.before.append(remark)
        else:
            fitting = [collection for collection in ended if collection.column <= column]
            (fitting[0] if fitting else ended[-1]).after.append(remark)


def _open_brackets(last: Entry, place: int) -> Collection | None:
    """The innermost collection in brackets that is open at a place."""
    entry: Entry | None = last
    while entry is not None:
        for candidate in (entry.value, entry.owner):
            if (
                isinstance(candidate, Collection)
                and candidate.flow
                and candidate.start < place < candidate.end
            ):
                return candidate
        entry = entry.owner.entry
    return None


def _ending(last: Entry, following: Entry | None) -> list[Collection]:
    """Collections without brackets that end between two entries, the innermost first."""
    ended: list[Collection] = []
    owner: Collection | None = last.owner
    while owner is not None and (following is None or owner is not following.owner):
        if not owner.flow:
            ended.append(owner)
        owner = None if owner.entry is None else owner.entry.owner
    return ended
