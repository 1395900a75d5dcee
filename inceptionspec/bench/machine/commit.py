"""The commit that a repository is at, read from its files: git itself is never run.

Git runs programs that a repository configures (filters, hooks, file monitors), and a spec may
lie in a stranger's repository. Whether the spec differs from the commit stays unknown, since
only git could find out.
"""

from __future__ import annotations

import re
from pathlib import Path

from inceptionspec.utils.read_file import read_regular_file

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_MAX_CHAIN = 5
"""How many references may name each other, as in git."""
_MAX_LINE = 4 << 10
_MAX_PACKED = 16 << 20


def commit(spec: Path | None) -> str | None:
    """The hash that HEAD names in the repository around a spec; None where there is none.

    Source: gitrepository-layout(5): ``.git`` as a folder or as a file
    that names one, work trees with a common folder, loose and packed references.
    """
    if spec is None:
        return None
    folder = spec.absolute().parent
    for parent in (folder, *folder.parents):
        found = _git_folder(parent / ".git")
        if found is not None:
            return _head(found)
    return None


def _git_folder(entry: Path) -> Path | None:
    """The folder that ``.git`` is, or that it names."""
    if _is_folder(entry):
        return entry
    key, _, path = _text(entry).partition(":")
    if key != "gitdir" or not path.strip():
        return None
    named = entry.parent / path.strip()
    return named if _is_folder(named) else None


def _head(git: Path) -> str | None:
    common = git / (_text(git / "commondir") or ".")  # a work tree shares its references
    name = "HEAD"
    for _ in range(_MAX_CHAIN):
        text = _text(git / name) or _text(common / name) or _packed(common, name)
        if _HASH.fullmatch(text):
            return text
        key, _, target = text.partition(":")
        name = target.strip()
        if key != "ref" or not _REF.fullmatch(name) or ".." in name:
            return None
    return None


def _packed(common: Path, name: str) -> str:
    """The hash of a reference in ``packed-refs``, whose lines are a hash and a name."""
    for line in _text(common / "packed-refs", _MAX_PACKED).splitlines():
        value, _, packed = line.partition(" ")
        if packed == name:
            return value
    return ""


def _text(file: Path, limit: int = _MAX_LINE) -> str:
    """What a small regular file holds; nothing where there is none."""
    try:
        data = read_regular_file(file, limit)
    except (OSError, ValueError):
        return ""
    return data.decode("utf-8", errors="replace").strip() if len(data) <= limit else ""


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
