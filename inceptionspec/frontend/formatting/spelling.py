"""One spelling of what the language lets one write in several ways, in a text and in its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from inceptionspec.frontend.formatting.parts import Collection, Entry, Remark, Scalar
from inceptionspec.frontend.formatting.rules import Rule
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.value_check import plain_test
from inceptionspec.frontend.reading.document import scalar_value
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import Kind


def respell(entry: Entry, structure: str, rule: Rule, within: str) -> None:
    """Give the value of an entry its canonical spelling.

    Args:
        entry: a key with its value.
        structure: that of the mapping that holds it.
        rule: the layout of that mapping.
        within: the structure of the value.
    """
    value = entry.value
    if within == "change":
        bare(entry)
    elif within == "residual":
        if isinstance(value, Collection) and not (value.entries or value.after):
            entry.value = _scalar(entry, "true")
    elif isinstance(value, Scalar):
        kind = _kind(entry, structure, rule)
        plain = not value.style and scalar_value(value.text) is None
        if plain and kind is not None and kind.off is not None:
            off = kind.off
            entry.value = _scalar(entry, off if isinstance(off, str) else json.dumps(off))
    elif not value.is_mapping and _takes_pair(_kind(entry, structure, rule)):
        sides = [_side(item) for item in value.entries]
        if len(sides) == 2 and None not in sides and not value.after:
            entry.value = _scalar(entry, f"{sides[0]}x{sides[1]}")


def settled_data(value: Any, key: str = "", *, change: bool = False) -> Any:
    """Data in the same spelling: what two texts of one meaning have in common.

    Args:
        value: a value of a document.
        key: the key that it stands under.
        change: whether it is a change under ``override``.
    """
    if isinstance(value, dict):
        if change and list(value) == ["set"] and _is_bare(value["set"]):
            value = value["set"]
        if key == "residual" and not value:
            return True
        inside = key == "override"
        return {name: settled_data(part, name, change=inside) for name, part in value.items()}
    if isinstance(value, list):
        sides = len(value) == 2 and all(type(side) is int and side >= 0 for side in value)
        if sides and _takes_pair(_attributes().get(key)):
            return f"{value[0]}x{value[1]}"
        return [settled_data(part) for part in value]
    kind = _attributes().get(key) if value is None else None
    return value if kind is None else kind.off


def bare(entry: Entry) -> None:
    """Leave out a `set` that is alone, and keep the comments around it."""
    change = entry.value
    if not isinstance(change, Collection) or len(change.entries) != 1 or not change.is_mapping:
        return
    (only,) = change.entries
    given = only.value
    if only.key is None or only.key.text != "set" or not isinstance(given, Collection):
        return
    if not given.is_mapping or not can_be_bare(given.keys()):
        return
    entry.before += only.before
    if only.inline is not None and entry.inline is not None:
        entry.before.append(Remark(only.inline, False))
    elif only.inline is not None:
        entry.inline, entry.inline_line = only.inline, only.inline_line
    given.after += change.after
    given.entry, entry.value = entry, given
    given.flow = given.flow or change.flow


def can_be_bare(given: Any) -> bool:
    """Whether keys that are set need no `set` around them."""
    words = {*language.CHANGE.fields, language.DELETE}
    return isinstance(given, (dict, list)) and bool(given) and words.isdisjoint(given)


def _is_bare(given: Any) -> bool:
    return isinstance(given, dict) and can_be_bare(given)


def _kind(entry: Entry, structure: str, rule: Rule) -> Kind | None:
    """The kind of value that a key takes; None where it takes another structure."""
    key = "" if entry.key is None else entry.key.text
    if structure in ("set", "change"):
        return _attributes().get(key)
    field = None if rule.form is None else rule.form.fields.get(key)
    kind = None if field is None else field.value
    return kind if isinstance(kind, Kind) else None


@cache
def _attributes() -> Mapping[str, Kind]:
    """The attributes of all operators and of heads by name.

    What `set` changes is not known; but a pair and `null` mean the same wherever they stand.
    """
    kinds = {
        attribute.name: attribute.kind
        for op in OPS.values()
        for attribute in op.attributes
        if attribute.kind.off is not None or _takes_pair(attribute.kind)
    }
    return {**kinds, "predictions": language.PREDICTION}


def _takes_pair(kind: Kind | None) -> bool:
    """Whether a value may be written as `1x1` and as `[1, 1]`."""
    if kind is None:
        return False
    test = plain_test(kind.schema)
    return test("1x1") and test([1, 1])


def _side(item: Entry) -> int | None:
    """A side of a window that is written in a list; None for anything else."""
    if item.before or item.inline is not None or not isinstance(item.value, Scalar):
        return None
    value = None if item.value.style else scalar_value(item.value.text)
    return value if type(value) is int and value >= 0 else None


def _scalar(entry: Entry, text: str) -> Scalar:
    return Scalar(text, "", text, entry.value.start, entry.value.end)
