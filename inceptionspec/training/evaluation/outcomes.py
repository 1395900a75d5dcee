"""What came of each picture, for the ensemble and each of its networks: a few numbers of each.

So memory does not grow with the number of classes.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from inceptionspec.training.evaluation.bootstrap import mean_intervals
from inceptionspec.training.evaluation.calibration import calibration_error, reliability
from inceptionspec.training.evaluation.results import Bin, ClassFigures, Disagreement, Figures
from inceptionspec.training.measures import TOP, cross_entropy, ranks


class Outcomes:
    """Predictions against labels. Row 0 is the ensemble, the others are its networks."""

    def __init__(self, labels: Any, networks: int) -> None:
        """Make room.

        Args:
            labels: the class of each picture, of which not all need be added.
            networks: how many there are; one is its own ensemble.
        """
        shape = (networks + 1, len(labels))
        self._all_labels = np.asarray(labels, np.int64)
        self._networks = networks
        self._there: Any = np.zeros(len(labels), bool)
        self._predicted: Any = np.zeros(shape, np.int64)
        self._confidence = np.zeros(shape)
        self._own = np.zeros(shape)
        self._rank: Any = np.zeros(shape, np.int64)

    def add(self, picture: int, probabilities: Any) -> None:
        """Take in a picture, in any order.

        Args:
            picture: its number.
            probabilities: networks x classes.
        """
        rows = np.concatenate([probabilities.mean(0, keepdims=True), probabilities])
        label = self._all_labels[picture]
        self._there[picture] = True
        self._predicted[:, picture] = rows.argmax(1)
        self._confidence[:, picture] = rows.max(1)
        self._own[:, picture] = rows[:, label]
        self._rank[:, picture] = ranks(rows, np.full(len(rows), label))

    @property
    def count(self) -> int:
        """How many pictures were added."""
        return int(self._there.sum())

    def figures(self) -> tuple[tuple[Figures, ...], Disagreement | None]:
        """Of the ensemble and of each network, and how they differ where there are several."""
        rank = self._rank[:, self._there]
        first = (rank < 1).astype(float)
        parts = [first, (rank < TOP).astype(float), cross_entropy(self._own[:, self._there])]
        gain = first[0] - first[1:].mean(0)
        intervals = mean_intervals(np.concatenate([*parts, gain[None]]).T)
        rows = self._networks + 1
        found = tuple(
            Figures(
                intervals[row],
                intervals[rows + row],
                intervals[2 * rows + row],
                calibration_error(self.bins(row)),
            )
            for row in range(rows)
        )
        if self._networks == 1:
            return found, None
        predicted = self._predicted[1:, self._there]
        pairs = [(one != other).mean() for one, other in combinations(predicted, 2)]
        split = (predicted != predicted[0]).any(0)
        return found, Disagreement(float(split.mean()), float(np.mean(pairs)), intervals[-1])

    def bins(self, row: int = 0) -> tuple[Bin, ...]:
        """The reliability of the ensemble, or of a network."""
        return reliability(self._confidence[row, self._there], self._rank[row, self._there] < 1)

    def confusion(self, classes: int) -> Any:
        """Pictures of the ensemble by class and prediction: classes x classes."""
        pairs = self._labels * classes + self._predicted[0, self._there]
        return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)

    def classes(self, names: tuple[str, ...]) -> tuple[ClassFigures, ...]:
        """The figures of each class of the ensemble."""
        rank = self._rank[0, self._there]
        columns = [
            np.bincount(numbers, minlength=len(names))
            for numbers in (
                self._labels,
                self._labels[rank < 1],
                self._labels[rank < TOP],
                self._predicted[0, self._there],
            )
        ]
        return tuple(
            ClassFigures(number, name, *(int(column[number]) for column in columns))
            for number, name in enumerate(names)
        )

    @property
    def _labels(self) -> Any:
        return self._all_labels[self._there]
