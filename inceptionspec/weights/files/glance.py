"""A first look at what may be a file of weights: enough to tell which reader it is for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from inceptionspec.weights.files.wire import CorruptFileError
from inceptionspec.weights.files.zip_file import Archive

_MOST_BYTES = 512


@dataclass(frozen=True)
class Glance:
    """What can be seen of a path without reading it.

    Attributes:
        path: the path.
        is_file: whether it is a regular file.
        is_folder: whether it is a folder.
        head: the first bytes of a file.
        tail: the last bytes of a file.
    """

    path: str
    is_file: bool = False
    is_folder: bool = False
    head: bytes = b""
    tail: bytes = b""

    @cached_property
    def members(self) -> frozenset[str]:
        """The names in a zip file; none where it is no zip file, or its list cannot be read."""
        if not self.head.startswith(b"PK"):
            return frozenset()
        try:
            with open(self.path, "rb") as file:
                return frozenset(Archive(file))
        except (OSError, CorruptFileError):
            return frozenset()

    def has(self, name: str) -> bool:
        """Whether a folder has a file of that name."""
        return self.is_folder and os.path.isfile(os.path.join(self.path, name))


def glance(path: str) -> Glance:
    """Look at a path.

    Raises:
        OSError: it cannot be looked at.
    """
    if not os.path.exists(path):
        return Glance(path)
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        return Glance(path, is_folder=True)
    if not stat.S_ISREG(mode):
        return Glance(path)
    with open(path, "rb") as file:
        head = file.read(_MOST_BYTES)
        file.seek(max(0, os.fstat(file.fileno()).st_size - _MOST_BYTES))
        return Glance(path, is_file=True, head=head, tail=file.read(_MOST_BYTES))


Test = Callable[[Glance], bool]


def _starts(*beginnings: bytes) -> Test:
    return lambda seen: seen.head.startswith(beginnings)


#: What is met where weights are looked for, and is none that is read: how it is known, what it
#: is, and what to do.
FOREIGN: Mapping[str, tuple[Test, str]] = {
    "an empty file": (lambda seen: seen.is_file and not seen.head, ""),
    "a pointer of Git LFS": (
        _starts(b"version https://git-lfs"),
        "fetch the file itself: `git lfs pull`",
    ),
    "a web page": (
        lambda seen: seen.head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")),
        "the download went wrong: open the link in a browser",
    ),
    "a file compressed by gzip": (
        _starts(b"\x1f\x8b"),
        "unpack it: `tar xf FILE` for an archive, `gunzip FILE` otherwise",
    ),
    "a tar archive": (lambda seen: seen.head[257:262] == b"ustar", "unpack it: `tar xf FILE`"),
    "a pickle of Python": (
        lambda seen: seen.head[:1] == b"\x80" and 2 <= (seen.head + b"\0\0")[1] <= 5,
        "loading a pickle can run code, so it is not read; save the weights as safetensors in a "
        "program that you trust it to",
    ),
    "arrays of NumPy": (
        lambda seen: (
            seen.head.startswith(b"\x93NUMPY")
            or any(name.endswith(".npy") for name in seen.members)
        ),
        "",
    ),
    "a LiteRT model": (lambda seen: seen.head[4:8] == b"TFL3", ""),
    "a zip archive": (_starts(b"PK\x03\x04", b"PK\x05\x06"), ""),
    "a picture": (_starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), ""),
    "a SavedModel without its variables": (
        lambda seen: seen.has("saved_model.pb"),
        "copy its folder `variables` too",
    ),
    "text": (lambda seen: bool(seen.head) and _is_text(seen.head), ""),
}


#: Kinds that a file of weights may be at a glance, too, where it is damaged.
_VAGUE = frozenset({"a pickle of Python", "a zip archive", "text"})


def foreign_kind(seen: Glance, *, sure: bool = False) -> tuple[str, str]:
    """What a file that is not read looks like, and what to do; empty where nobody knows.

    Args:
        seen: the file.
        sure: whether kinds are left out that weights may look like.
    """
    for kind, (test, remedy) in FOREIGN.items():
        if not (sure and kind in _VAGUE) and test(seen):
            return kind, remedy
    return "", ""


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:  # the last character may be cut
        return error.start >= len(data) - 3 and len(data) == _MOST_BYTES
    return all(sign.isprintable() or sign.isspace() for sign in text)
