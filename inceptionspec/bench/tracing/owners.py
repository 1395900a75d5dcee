"""Which layer an operation of TensorFlow belongs to: its name says so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

_NUMBER = re.compile(r"_[0-9]+$")


def owners(names: Iterable[str], paths: Collection[str]) -> Mapping[str, str]:
    """The layer of each operation, by the operation's name; others are left out.

    The name of an operation is made of scopes, as ``InceptionV3_1/Mixed_5b.Conv2d_0a_1x1_1/
    convolution``. Those of a layer are its path, with slashes or with dots, perhaps with a
    part of the layer behind a dot (``.BatchNorm``, ``.relu``), and perhaps with a number
    that makes them unique. That number is one for all scopes of a trace; but a layer's own
    name may end in one as well. So each number is tried, and the reading holds under which
    most operations belong to a layer. Operations that TensorFlow fuses keep the name of
    one of them.
    """
    names = tuple(names)
    dotted = {path.replace("/", "."): path for path in paths}
    scopes = {scope for name in names for scope in name.split("/")}
    numbers = {found.group() for found in map(_NUMBER.search, scopes) if found}
    readings = [
        {name: path for name in names if (path := _owner(name, number, dotted))}
        for number in ("", *sorted(numbers))
    ]
    merged: dict[str, str] = {}
    for reading in sorted(readings, key=len):  # the one that explains most has the last word
        merged.update(reading)
    return merged


def _owner(name: str, number: str, dotted: Mapping[str, str]) -> str | None:
    """The layer of an operation if scopes end in a number, or, without one, as they are."""
    model, *inner = name.split("/")
    # The model's own scope comes first, if there is one; it may be called as a layer is.
    for scopes in (inner, (model, *inner)):
        if number:
            tried = [one.removesuffix(number) for one in scopes if one.endswith(number)]
        else:
            tried = [".".join(scopes)]
        for scope in tried:
            path = _longest(scope.split("."), dotted)
            if path is not None:
                return path
    return None


def _longest(parts: list[str], dotted: Mapping[str, str]) -> str | None:
    for count in range(len(parts), 0, -1):
        path = dotted.get(".".join(parts[:count]))
        if path is not None:
            return path
    return None
