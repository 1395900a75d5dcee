"""How good predictions are: figures that add up over batches."""

from __future__ import annotations

from typing import Any

import numpy as np

TOP = 5
_LEAST = 1e-12
"""A smaller probability counts as this one, so that a loss is finite."""


def ranks(probabilities: Any, labels: Any) -> Any:
    """How many classes count as likelier than the right one.

    Of equal probabilities the first class counts as the likelier one.

    Args:
        probabilities: batch x classes.
        labels: the class of each.
    """
    own = probabilities[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    return ((probabilities > own) | ((probabilities == own) & earlier)).sum(1)


def cross_entropy(own: Any) -> Any:
    """The loss of each picture, in nats, from the probability of its class."""
    return -np.log(np.maximum(own, _LEAST))


class Tally:
    """Loss and accuracy of examples that come in batches."""

    def __init__(self) -> None:
        self.count = 0
        self._loss = 0.0
        self._first = 0
        self._top = 0

    def add(self, probabilities: Any, labels: Any) -> None:
        """Take in a batch.

        Args:
            probabilities: batch x classes.
            labels: the class of each.
        """
        own = probabilities[np.arange(len(labels)), labels]
        rank = ranks(probabilities, labels)
        self.count += len(labels)
        self._loss += float(cross_entropy(own).sum())
        self._first += int((rank < 1).sum())
        self._top += int((rank < TOP).sum())

    @property
    def loss(self) -> float:
        """The mean cross-entropy, in nats."""
        return self._loss / max(self.count, 1)

    @property
    def top_1(self) -> float:
        """The share whose likeliest class is right."""
        return self._first / max(self.count, 1)

    @property
    def top_5(self) -> float:
        """The share whose class is among the five likeliest."""
        return self._top / max(self.count, 1)
