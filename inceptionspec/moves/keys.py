"""The key under `override` for several paths that are changed alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product

from inceptionspec.frontend.expansion.patterns import is_pattern, matching
from inceptionspec.moves.site import DEFINITIONS, in_section

#: Columns up to which several paths are listed in one key.
_LONGEST = 72


def keys_for(paths: Sequence[str], known: Collection[str], pattern: str) -> Iterator[str]:
    """Keys that match some paths and nothing else, as few as are easy to read.

    Args:
        paths: the paths.
        known: all paths that an override can name.
        pattern: what a user asked for, which is kept where it matches the same.
    """
    for section in (False, True):
        own = [path for path in paths if path.startswith(DEFINITIONS) == section]
        same = [path for path in known if path.startswith(DEFINITIONS) == section]
        if own and is_pattern(pattern) and _fits(pattern, own, same):
            yield pattern
        elif own:
            yield from _lines(list(_parts(own, same)), most=1 if section else _LONGEST)


def _lines(keys: Sequence[str], most: int) -> Iterator[str]:
    """Keys put together with spaces in between, up to a width."""
    line = ""
    for key in keys:
        if line and len(line) + len(key) >= most:
            yield line
            line = ""
        line = f"{line} {key}" if line else key
    yield line


def _parts(paths: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """A pattern for some paths, or for each of several parts of them."""
    if len(paths) == 1:
        yield paths[0]
        return
    one = next((key for key in _patterns(paths) if _fits(key, paths, known)), "")
    if one:
        yield one
        return
    for part in _split(paths):
        yield from _parts(part, known)


def _split(paths: Sequence[str]) -> list[list[str]]:
    """Paths in parts that are more alike: by depth, by an element with few names, by length."""
    split = [path.split("/") for path in paths]
    depths = {len(elements) for elements in split}
    if len(depths) > 1:
        return _by(paths, [str(len(elements)) for elements in split])
    columns = [column for column in zip(*split, strict=True) if len(set(column)) > 1]
    if len(columns) > 1:
        return _by(paths, min(columns, key=lambda column: len(set(column))))
    lengths = [str(len(name)) for name in columns[0]]
    if len(set(lengths)) > 1:
        return _by(paths, lengths)
    return [[path] for path in paths]


def _by(paths: Sequence[str], marks: Sequence[str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for path, mark in zip(paths, marks, strict=True):
        found.setdefault(mark, []).append(path)
    return list(found.values())


def _fits(key: str, paths: Sequence[str], known: Sequence[str]) -> bool:
    names = in_section(key, known)
    found = matching(key.removeprefix(DEFINITIONS), names)
    return sorted(names[name] for name in found) == sorted(paths)


def _patterns(paths: Sequence[str]) -> Iterator[str]:
    """Patterns that match some paths, the narrow ones first."""
    split = [path.split("/") for path in paths]
    if len({len(elements) for elements in split}) > 1:
        return
    choices = [_elements(sorted(set(column))) for column in zip(*split, strict=True)]
    for elements in product(*choices):
        yield "/".join(elements)


def _elements(names: Sequence[str]) -> list[str]:
    """Ways to match some names of one element."""
    if len(names) == 1:
        return [names[0]]
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    if not start and not end:
        return []  # a set or a star alone says too little
    middles = [name[len(start) : len(name) - len(end)] for name in names]
    found = [f"{start}*{end}"]
    if all(len(middle) == 1 and middle.isalnum() for middle in middles):
        found.insert(0, f"{start}[{_set(sorted(middles))}]{end}")
    return found


def _common(texts: Sequence[str]) -> str:
    """What all texts start with."""
    first, last = min(texts), max(texts)
    length = next((i for i, one in enumerate(first) if one != last[i : i + 1]), len(first))
    return first[:length]


def _set(characters: Sequence[str]) -> str:
    """Characters as a set writes them: `bcd` as `b-d`, `bd` as it is."""
    first, last = characters[0], characters[-1]
    run = ord(last) - ord(first) + 1 == len(characters)
    if run and len(characters) > 2 and first.isdigit() == last.isdigit():
        return f"{first}-{last}"
    return "".join(characters)
