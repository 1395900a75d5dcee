"""Reference pictures and fingerprints: the same numbers on every machine, in every year.

Both are made of SHAKE-256, so that neither depends on a version of a random generator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing

#: A NumPy array.
Array = Any
SEED = "inceptionspec 1"
OPEN_SIDE = 224
"""The height and the width of reference pictures where the network leaves them open."""
_PROJECTIONS = 3
_CHUNK = 1 << 20
_DIGITS = 7
_SAMPLE = 16


def pictures(shape: Sequence[int], seed: str = SEED) -> Array:
    """Pictures of random bytes.

    Args:
        shape: number, height, width, channels.
        seed: names the bytes.
    """
    count = int(np.prod(shape))
    drawn = hashlib.shake_256(f"pictures {seed}".encode()).digest(count)
    return np.frombuffer(drawn, np.uint8).reshape(shape)


def picture_shape(graph: Graph, batch: int | None, open_side: int = OPEN_SIDE) -> tuple[int, ...]:
    """The shape of the reference pictures of a network."""
    height, width, channels = graph.nodes[0].shape
    return (batch or 2, height or open_side, width or open_side, channels or 3)


def as_input(pictures: Array, graph: Graph) -> Array:
    """Pictures of bytes as what a network reads, float32.

    They are preprocessed as the network states it, or else brought to its range, or to -1..1.
    """
    steps = graph.preprocessing
    if steps is not None:
        return preprocessed(pictures, steps)
    low, high = graph.value_range or (-1.0, 1.0)
    return (pictures * ((high - low) / 255) + low).astype(np.float32)


def preprocessed(pictures: Array, steps: Preprocessing) -> Array:
    """Pictures of bytes, RGB, after a preprocessing but for its resizing."""
    ordered = pictures[..., ::-1] if steps.channel_order == "BGR" else pictures
    mean, std = np.float64(steps.mean), np.float64(steps.std)
    return ((ordered * steps.scale - mean) / std).astype(np.float32)


def fingerprint(array: Array) -> list[float | None]:
    """Three projections of an array over its norm, and the norm; None where one is not finite.

    A projection is the sum of all elements, each with a random sign: a change by a share of the
    norm changes it by about that share.
    """
    flat = np.asarray(array, np.float64).ravel()
    signs = hashlib.shake_256(b"fingerprint").digest(flat.size)
    sums = np.zeros(8)
    for start in range(0, flat.size, _CHUNK):
        part = flat[start : start + _CHUNK]
        bits = np.unpackbits(np.frombuffer(signs[start : start + _CHUNK], np.uint8))
        sums += part @ (bits.reshape(-1, 8).astype(np.float64) * 2 - 1)
    norm = float(np.linalg.norm(flat)) or 1.0
    if not isfinite(norm):
        return [None] * (_PROJECTIONS + 1)
    return [round(float(value), _DIGITS) for value in (*sums[:_PROJECTIONS] / norm, norm)]


def _apart(one: float | None, other: float | None) -> float:
    """How far two numbers are apart; those that are not finite, None, are the same."""
    if one is None or other is None:
        return 0.0 if one is other else inf
    return abs(one - other)


def same_fingerprint(
    one: Sequence[float | None], other: Sequence[float | None], bound: float
) -> bool:
    """Whether two fingerprints are of arrays that differ by less than a share of their norm."""
    *signs, norm = one
    *other_signs, other_norm = other
    return _apart(norm, other_norm) <= bound * (norm or 0.0) and all(
        _apart(first, second) <= bound for first, second in zip(signs, other_signs, strict=True)
    )


def sample(array: Array) -> dict[str, Any]:
    """A short form of an output: shape, largest magnitude, some elements, fingerprint.

    Elements that are not finite are None.
    """
    flat = np.asarray(array, np.float64).ravel()
    finite = np.abs(flat[np.isfinite(flat)])
    places = np.linspace(0, flat.size - 1, min(_SAMPLE, flat.size)).astype(int)
    return {
        "shape": list(np.shape(array)),
        "largest": float(np.float32(finite.max(initial=0.0))),
        "values": [float(f"{value:.9g}") if isfinite(value) else None for value in flat[places]],
        "fingerprint": fingerprint(array),
    }


def sample_deviation(stored: Mapping[str, Any], array: Array) -> float | None:
    """How far an output is from a stored sample, over the largest; None where shapes differ."""
    now = sample(array)
    if now["shape"] != stored["shape"]:
        return None
    scale = stored["largest"] or 1.0
    pairs = zip(now["values"], stored["values"], strict=True)
    apart = [_apart(one, other) / scale for one, other in pairs]
    apart += [
        _apart(one, other)
        for one, other in zip(now["fingerprint"][:-1], stored["fingerprint"][:-1], strict=True)
    ]
    return float(max(apart))
