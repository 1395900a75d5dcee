"""Which layer an operation of TensorFlow belongs to: its name says so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_NUMBERED = re.compile(r"_[0-9]+$")


def owners(names: Iterable[str], paths: Collection[str]) -> dict[str, str]:
    """The layer of each operation, by the operation's name; those outside all layers are left out.

    Operations are named by scopes, as ``InceptionV3_1/Mixed_5b.Branch_0.Conv2d_0a_1x1_1/
    convolution``. A scope is a layer's path with dots for slashes, perhaps a part of the
    layer after a dot (``.BatchNorm``, ``.relu``), and perhaps a number that makes it unique. The
    number is the same for all scopes of one trace. A layer's own name may end in one, too:
    the reading holds under which most operations belong to a layer. Operations that
    TensorFlow fuses keep the name of one of them.
    """
    names = tuple(names)
    dotted = {path.replace("/", "."): path for path in paths}
    numbers = {""}
    for name in names:
        for scope in name.split("/"):
            found = _NUMBERED.search(scope)
            if found:
                numbers.add(found.group())
    readings = [_reading(names, number, dotted) for number in sorted(numbers)]
    readings.sort(key=len, reverse=True)
    merged: dict[str, str] = {}
    for reading in reversed(readings):
        merged.update(reading)
    return merged


def _reading(names: Iterable[str], number: str, dotted: dict[str, str]) -> dict[str, str]:
    found = {name: _owner(name, number, dotted) for name in names}
    return {name: path for name, path in found.items() if path is not None}


def _owner(name: str, number: str, dotted: dict[str, str]) -> str | None:
    """The layer of an operation, if the scopes of a trace end in a number."""
    first, *inner = name.split("/")
    # The outermost scope is the model's, which may be called as one of its layers is.
    for scope in (*inner[:-1], first) if len(inner) > 1 else (first, *inner):
        if not scope.endswith(number):
            continue
        parts = scope.removesuffix(number).split(".")
        for count in range(len(parts), 0, -1):
            path = dotted.get(".".join(parts[:count]))
            if path is not None:
                return path
    return None
