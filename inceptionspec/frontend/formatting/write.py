"""Entries with their comments to the lines of the canonical layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inceptionspec.frontend.formatting.parts import Collection, Entry, Node, Remark, Scalar, Text
from inceptionspec.frontend.formatting.rules import apart, inside, root_structure, rule_for
from inceptionspec.frontend.formatting.scalars import block_lines, folded, one_line, text_of
from inceptionspec.frontend.formatting.sections import move_sections
from inceptionspec.frontend.formatting.settle import settle

#: Columns of a line.
WIDTH = 100
#: A layer may be a little longer: over eight lines it would be harder to read.
LAYER_WIDTH = 102
#: Where comments at the ends of lines start, if the lines are short enough.
COMMENT_COLUMN = 51
_GAP = 2


@dataclass(slots=True)
class Line:
    """A line and the comment at its end."""

    text: str
    comment: str | None = None


def write(text: Text) -> str:
    """The whole text, its entries put in order."""
    lines = [line for remark in text.header for line in _remark(remark, 0)]
    if lines and not lines[0].text:
        del lines[0]
    if text.blank_after_header:
        lines.append(Line(""))
    structure = root_structure(text.root)
    if structure == "variant":
        move_sections(text.root)
    settle(text.root, structure)
    lines += _entries(text.root, structure, 0)
    return "".join(f"{_with_comment(line)}\n" for line in lines)


def _remark(remark: Remark, indent: int) -> list[Line]:
    line = Line(" " * indent + remark.text)
    return [Line(""), line] if remark.blank else [line]


def _entries(node: Collection, structure: str, indent: int) -> list[Line]:
    """The entries of a collection, each from a line of its own on."""
    lines: list[Line] = []
    rule = rule_for(structure, node)
    previous: str | None = None
    for entry in node.entries:
        key = None if entry.key is None else entry.key.text
        within = inside(structure, rule, key)
        block = [line for remark in entry.before for line in _remark(remark, indent)]
        if entry.blank:
            block.append(Line(""))
        block += _entry(entry, within, indent)
        while not block[0].text:
            del block[0]
        first = entry.before[0].blank if entry.before else entry.blank
        forced = previous is not None and key is not None and apart(structure, previous, key)
        if lines and (first or forced):
            lines.append(Line(""))
        lines += block
        previous = key
    for remark in node.after:
        lines += _remark(remark, indent)
    return lines


def _entry(entry: Entry, structure: str, indent: int) -> list[Line]:
    """The lines of one entry, the first with its key or its dash."""
    space = " " * indent
    lead = f"{space}-" if entry.key is None else f"{space}{text_of(entry.key.text, flow=False)}:"
    if isinstance(entry.value, Scalar):
        return _scalar(entry.value, lead, indent + 2, entry.inline)
    short = _flow(entry.value, structure)
    if short is not None:
        line = f"{lead} {short}"
        width = LAYER_WIDTH if structure == "item" else WIDTH
        if _fits(line, entry.inline, width) or not entry.value.entries:
            return [Line(line, entry.inline)]
    rest = _entries(entry.value, structure, indent + 2)
    if entry.key is not None:
        return [Line(lead, entry.inline), *rest]
    first = rest[0]
    first.text = f"{lead} {first.text[indent + 2 :]}"
    first.comment = entry.inline
    return rest


def _scalar(scalar: Scalar, lead: str, indent: int, comment: str | None) -> list[Line]:
    """A scalar after its key or dash: on one line, or folded if it is too long."""
    space = " " * indent
    if scalar.style in ("|", ">"):
        block = block_lines(scalar)
        if block is not None:
            head, lines = block
            return [Line(f"{lead} {head}", comment), *_indented(lines, space)]
    line = f"{lead} {one_line(scalar, flow=False)}"
    if len(line) > WIDTH:
        cut = folded(scalar.text, WIDTH - indent)
        if cut is not None:
            return [Line(f"{lead} >-", comment), *_indented(cut, space)]
    return [Line(line, comment)]


def _indented(lines: list[str], space: str) -> Iterator[Line]:
    return (Line(space + line if line else "") for line in lines)


def _flow(node: Node, structure: str) -> str | None:
    """A value on one line, in brackets; None where it needs several."""
    if isinstance(node, Scalar):
        return None if node.style in ("|", ">") else one_line(node, flow=True)
    rule = rule_for(structure, node)
    if node.after or (rule.long and node.entries and not _is_kept_short(node)):
        return None
    parts = []
    for entry in node.entries:
        if entry.before or entry.inline is not None:
            return None
        key = None if entry.key is None else entry.key.text
        value = _flow(entry.value, inside(structure, rule, key))
        if value is None:
            return None
        parts.append(value if key is None else f"{text_of(key, flow=True)}: {value}")
    inner = ", ".join(parts)
    return f"{{{inner}}}" if node.is_mapping else f"[{inner}]"


def _is_kept_short(node: Collection) -> bool:
    """Whether brackets stay around what otherwise has a line for each entry."""
    return node.flow and (node.is_mapping or len(node.entries) == 1)


def _fits(line: str, comment: str | None, width: int) -> bool:
    return len(line) <= width and (
        comment is None or max(len(line) + _GAP, COMMENT_COLUMN) + len(comment) <= WIDTH
    )


def _with_comment(line: Line) -> str:
    if line.comment is None:
        return line.text
    return f"{line.text:<{max(COMMENT_COLUMN, len(line.text) + _GAP)}}{line.comment}"
