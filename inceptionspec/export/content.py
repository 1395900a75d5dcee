"""What a file holds of each layer, as digests: a change of any number or setting is found."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

REST = ""
"""The key of what belongs to no layer."""
_DIGITS = 16


def content_digests(parts: Iterable[tuple[str, bytes]], paths: Iterable[str]) -> Mapping[str, str]:
    """A digest for each layer, and one of what belongs to none.

    Args:
        parts: what a file holds, piece by piece, each with the path of its layer; ``REST`` for
            none.
        paths: of the layers, in order.
    """
    held = {path: hashlib.sha256() for path in (*paths, REST)}
    for path, piece in parts:
        held[path].update(len(piece).to_bytes(8, "little"))
        held[path].update(piece)
    return {path: digest.hexdigest()[:_DIGITS] for path, digest in held.items()}


def owner(name: str, paths: Collection[str]) -> str:
    """The layer of something by its name, which starts with the path; ``REST`` if none fits.

    ``stem/conv/kernel`` belongs to ``stem/conv``.
    """
    while name and name not in paths:
        name = name.rpartition("/")[0]
    return name


def keras_owner(name: str, dotted: Mapping[str, str]) -> str:
    """The same for the name of a layer of Keras, as ``stem.conv.BatchNorm``.

    Args:
        name: of the layer.
        dotted: paths by what Keras calls their layers.
    """
    while name and name not in dotted:
        name = name.rpartition(".")[0]
    return dotted.get(name, REST)


def by_keras_name(paths: Iterable[str]) -> Mapping[str, str]:
    """Paths by what Keras calls their layers: ``stem.conv`` for ``stem/conv``."""
    return {path.replace("/", "."): path for path in paths}


def changed(found: Mapping[str, str], stored: Mapping[str, object]) -> list[str]:
    """The layers whose digests differ, in the order in which they were written."""
    return [path for path, digest in stored.items() if found.get(path) != digest]
