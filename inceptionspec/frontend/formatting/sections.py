"""What a variant says of `input` and of `defaults`: as sections, not under `override`.

Other keys of sections under `override` ask that the base has what they name, which a section
does not. So these two alone mean the same in both places.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.frontend.formatting.parts import Collection, Entry, Remark, Scalar
from inceptionspec.frontend.formatting.spelling import bare, can_be_bare

_INPUT, _DEFAULTS = "input", "defaults"


def move_sections(root: Collection) -> None:
    """Move such changes of a variant, and the comments on them, to its sections."""
    override = _entry(root, "override")
    changes = None if override is None else override.value
    if override is None or not isinstance(changes, Collection) or not changes.is_mapping:
        return
    moved = [entry for entry in list(changes.entries) if _move(entry, root)]
    changes.entries = [entry for entry in changes.entries if entry not in moved]
    if not moved or changes.entries:
        return
    root.entries.remove(override)
    said = [] if override.inline is None else [Remark(override.inline, blank=False)]
    root.after[:0] = [*override.before, *said, *changes.after]


def moved_sections(document: Any) -> Any:
    """The same for data whose changes are in their canonical spelling."""
    override = document.get("override") if isinstance(document, dict) else None
    if not isinstance(override, dict) or "extends" not in document:
        return document
    result, left = dict(document), dict(override)
    for key, change in override.items():
        section, name = _section(key)
        known = result.get(section, {})
        if not section or not isinstance(change, dict) or not isinstance(known, dict):
            continue
        if not can_be_bare(change):
            continue
        if name and name not in known:
            result[section] = {**known, name: left.pop(key)}
        elif not name and section not in result:
            result[section] = left.pop(key)
    result["override"] = left
    if override and not left:
        del result["override"]
    return result


def _section(key: str) -> tuple[str, str]:
    """The section that a key under `override` stands for, and the name in it."""
    section, _, name = key.partition(".")
    fits = key == _INPUT or (section == _DEFAULTS and name)
    return (section, name) if fits else ("", "")


def _move(entry: Entry, root: Collection) -> bool:
    """Move a change to its section, where nothing is said of the same there."""
    section, name = _section("" if entry.key is None else entry.key.text)
    if not section:
        return False
    bare(entry)
    value = entry.value
    if not isinstance(value, Collection) or not value.is_mapping or not can_be_bare(value.keys()):
        return False
    there = _entry(root, section)
    if not name:
        if there is None:
            entry.owner = root
            root.entries.append(entry)
        return there is None
    if there is None:
        holder = Collection(is_mapping=True, flow=False, column=0, start=entry.start)
        word = Scalar(section, "", section, entry.start, entry.start)
        there = Entry(word, holder, root, entry.start)
        holder.entry = there
        root.entries.append(there)
    holder = there.value if isinstance(there.value, Collection) else root
    if holder is root or not holder.is_mapping or _entry(holder, name) is not None:
        return False
    entry.key, entry.owner = Scalar(name, "", name, entry.start, entry.start), holder
    holder.entries.append(entry)
    return True


def _entry(node: Collection, key: str) -> Entry | None:
    found = (entry for entry in node.entries if entry.key is not None and entry.key.text == key)
    return next(found, None)
