"""How good predictions are: figures that add up over batches."""

from __future__ import annotations

from typing import Any

import numpy as np

TOP = 5


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
        rows = np.arange(len(labels))
        own = probabilities[rows, labels]
        # Of equal probabilities the first class counts as the likelier one.
        better = (probabilities > own[:, None]).sum(1)
        equal = (probabilities == own[:, None]) & (
            np.arange(probabilities.shape[1]) < labels[:, None]
        )
        rank = better + equal.sum(1)
        self.count += len(labels)
        self._loss += float(-np.log(np.maximum(own, 1e-12)).sum())
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
