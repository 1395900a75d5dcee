"""The order of the data: a function of the seed and the epoch, and of nothing else.

All that is drawn here comes from a hash, not from NumPy's generators, whose streams may change
between versions: a run that is resumed years later still reads the same pictures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_ORDER, _SPLIT, _SAMPLE, _FIRST, _SECOND, _RESAMPLE = range(6)
"""What numbers are drawn for. Those of one seed must not be the same for two uses."""


def epoch_order(count: int, seed: int, epoch: int, *, shuffled: bool = True) -> Any:
    """The numbers of the examples in the order of an epoch.

    Args:
        count: of the examples.
        seed: of the run.
        epoch: counted from 0.
        shuffled: whether they are shuffled; else they stay as they are.
    """
    if not shuffled:
        return np.arange(count)
    return np.argsort(_hashes(np.arange(count), seed, _ORDER, epoch), kind="stable")


def example_seeds(seed: int, epoch: int, indices: Any) -> Any:
    """Two numbers for each example of an epoch, from which its augmentation follows.

    Returns:
        int32 of at least 0, examples x 2.
    """
    words = [_hashes(indices, seed, use, epoch) for use in (_FIRST, _SECOND)]
    return (np.stack(words, axis=1) >> np.uint64(33)).astype(np.int32)


def split(labels: Any, share: float, seed: int) -> tuple[Any, Any]:
    """The numbers of the examples that train, and of those that validate.

    Each class gives the same share, at least one of each where it has two examples.

    Args:
        labels: the class of each example.
        share: what part validates, between 0 and 1.
        seed: of the split.
    """
    chosen: Any = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        number = min(max(round(share * len(members)), 1), len(members) - 1)
        order = np.argsort(_hashes(members, seed, _SPLIT, 0), kind="stable")
        chosen[members[order[:number]]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def member_sample(count: int, seed: int, member: int) -> Any:
    """The examples of one member of an ensemble: as many as there are, drawn with replacement."""
    return _drawn(count, seed, _SAMPLE, member)


def resample(count: int, seed: int, number: int) -> Any:
    """A bootstrap's resample: as many examples as there are, drawn with replacement."""
    return _drawn(count, seed, _RESAMPLE, number)


def _drawn(count: int, seed: int, use: int, key: int) -> Any:
    return (_hashes(np.arange(count), seed, use, key) % np.uint64(count)).astype(np.int64)


def _hashes(indices: Any, seed: int, use: int, key: int) -> Any:
    """A number of 64 bits for each index: SplitMix64's finalizer, over all that it depends on."""
    words = np.asarray(indices, np.uint64)
    for value in (seed, use, key):
        words = _mixed(words + np.uint64((value + 1) * 0x9E37_79B9_7F4A_7C15 % 2**64))
    return words


def _mixed(words: Any) -> Any:
    """Make neighbors unlike (Steele, Lea and Flood 2014, "Fast splittable generators")."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return words ^ (words >> np.uint64(31))
