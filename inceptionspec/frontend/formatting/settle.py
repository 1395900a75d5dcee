"""Order and spell entries as the language does, and move the comments of an item to its dash."""

from __future__ import annotations

import itertools

from inceptionspec.frontend.formatting.parts import Collection, Entry, Remark
from inceptionspec.frontend.formatting.rules import FOREIGN, Rule, inside, rule_for
from inceptionspec.frontend.formatting.spelling import respell


def settle(node: Collection, structure: str) -> None:
    """Order the entries of a collection and of all within, and move comments to their items."""
    rule = rule_for(structure, node)
    node.entries = _ordered(node, rule)
    for entry in node.entries:
        key = None if entry.key is None else entry.key.text
        within = inside(structure, rule, key)
        if structure not in FOREIGN:
            respell(entry, structure, rule, within)
        if isinstance(entry.value, Collection):
            settle(entry.value, within)
            if entry.key is None and entry.value.entries:
                _gather(entry, entry.value.entries[0])


def _ordered(node: Collection, rule: Rule) -> list[Entry]:
    """Entries in the order of the form, unknown keys last.

    Comments at the ends of successive lines may be one text. Then the order is kept, except
    in the large forms, where such comments are far apart.
    """
    if rule.form is None or not node.is_mapping:
        return node.entries
    if not rule.long and _has_running_comment(node):
        return node.entries
    places = {key: place for place, key in enumerate(rule.form.fields)}
    return sorted(
        node.entries,
        key=lambda entry: places.get(entry.key.text if entry.key else "", len(places)),
    )


def _has_running_comment(node: Collection) -> bool:
    numbers = [entry.inline_line for entry in node.entries if entry.inline is not None]
    if node.entry is not None and node.entry.key is None and node.entry.inline is not None:
        numbers.insert(0, node.entry.inline_line)
    return any(later == number + 1 for number, later in itertools.pairwise(numbers))


def _gather(item: Entry, first: Entry) -> None:
    """Give comments above and at the end of an item's first line to the item."""
    item.before += first.before
    first.before = []
    if first.inline is not None and item.inline is not None:
        item.before.append(Remark(first.inline, False))
    elif first.inline is not None:
        item.inline = first.inline
    first.inline = None
