"""Logits to probabilities, and their mean over crops and networks."""

from __future__ import annotations

from typing import Any

import numpy as np

#: A NumPy array.
Array = Any


def probabilities(outputs: Array, function: str) -> Array:
    """The probability of each class.

    Args:
        outputs: batch x classes, or batch x height x width x classes where logits are a map:
            then the mean over the map counts.
        function: ``softmax`` or ``sigmoid`` where ``outputs`` are logits; ``none`` where they
            are probabilities.

    Returns:
        float64, batch x classes.
    """
    values = np.asarray(outputs, np.float64)
    if function == "softmax":
        values = np.exp(values - values.max(-1, keepdims=True))
        values /= values.sum(-1, keepdims=True)
    elif function == "sigmoid":
        values = 0.5 + 0.5 * np.tanh(values / 2)  # never overflows
    return values.reshape(len(values), -1, values.shape[-1]).mean(1)


def likeliest(values: Array, count: int) -> list[int]:
    """The numbers of the likeliest classes; of equal ones the first comes first."""
    order: list[int] = np.argsort(-values, kind="stable")[:count].tolist()
    return order


class Mean:
    """A mean over crops that is fed row by row, for several pictures and networks at once.

    Args:
        crops: how many rows of each network make up a picture's mean.
        networks: how many there are.
    """

    def __init__(self, crops: int, networks: int) -> None:
        self._crops = crops
        self._networks = networks
        self._sums: dict[int, Array] = {}
        self._counts: dict[int, int] = {}

    def add(self, picture: int, network: int, row: Array) -> Array | None:
        """Take in a row of a picture.

        Returns:
            networks x classes, the mean over crops, if it was the picture's last row; else None.
        """
        if picture not in self._sums:
            self._sums[picture] = np.zeros((self._networks, len(row)))
            self._counts[picture] = self._crops * self._networks
        self._sums[picture][network] += row
        self._counts[picture] -= 1
        if self._counts[picture]:
            return None
        del self._counts[picture]
        return self._sums.pop(picture) / self._crops
