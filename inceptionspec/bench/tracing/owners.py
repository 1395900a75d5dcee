"""Which layer an operation of TensorFlow belongs to, by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

_NUMBER = re.compile(r"_[0-9]+$")
_TRIED = 4
"""How many numbers are tried."""


def owners(names: Iterable[str], paths: Collection[str]) -> Mapping[str, str]:
    """The layer of each operation, by the operation's name; operations of no layer are left out.

    The name of an operation consists of scopes, as ``InceptionV3_1/Mixed_5b.Conv2d_0a_1x1_1/
    convolution``. The scopes of a layer are its path, with slashes or with dots, and perhaps
    a part of the layer after a dot (``.BatchNorm``, ``.relu``). A number may follow that makes
    them unique. It is the same for all scopes of a trace; but a layer's own name may end in a
    number too. So the most frequent numbers are tried, and the one is taken under which most
    operations belong to a layer. Operations that TensorFlow fuses keep the name of one of them.

    Args:
        names: of operations.
        paths: of layers.
    """
    names = tuple(names)
    dotted = {path.replace("/", "."): path for path in paths}
    scopes = {scope for name in names for scope in name.split("/")}
    numbers = Counter(match.group() for match in map(_NUMBER.search, scopes) if match)
    likely = [number for number, _ in numbers.most_common(_TRIED)]
    readings = [
        {name: path for name in names if (path := _owner(name, number, dotted))}
        for number in ("", *sorted(likely))
    ]
    merged: dict[str, str] = {}
    for reading in sorted(readings, key=len):  # the reading that explains most comes last
        merged.update(reading)
    return merged


def _owner(name: str, number: str, dotted: Mapping[str, str]) -> str | None:
    """The layer of an operation if scopes end in a number; with an empty number, as they are."""
    model, *inner = name.split("/")
    # The model's own scope comes first, if there is one; a layer may have the same name.
    for scopes in (inner, (model, *inner)):
        if number:
            tried = [scope.removesuffix(number) for scope in scopes if scope.endswith(number)]
        else:
            tried = [".".join(scopes)]
        for scope in tried:
            path = _longest_path(scope.split("."), dotted)
            if path is not None:
                return path
    return None


def _longest_path(parts: list[str], dotted: Mapping[str, str]) -> str | None:
    for count in range(len(parts), 0, -1):
        path = dotted.get(".".join(parts[:count]))
        if path is not None:
            return path
    return None
