"""Accuracy and loss, against counts by hand."""

import numpy as np
import pytest

from inceptionspec.training.measures import Tally


def test_figures_by_hand():
    tally = Tally()
    tally.add(np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]), np.array([0, 1]))
    tally.add(np.array([[0.2, 0.2, 0.6]]), np.array([2]))
    assert tally.count == 3
    assert tally.top_1 == pytest.approx(2 / 3)
    assert tally.top_5 == 1
    assert tally.loss == pytest.approx(-(np.log(0.7) + np.log(0.3) + np.log(0.6)) / 3)


def test_of_equal_classes_the_first_is_the_likeliest():
    first, second = Tally(), Tally()
    first.add(np.full((1, 8), 1 / 8), np.array([0]))
    second.add(np.full((1, 8), 1 / 8), np.array([1]))
    assert (first.top_1, second.top_1) == (1, 0)


def test_the_sixth_class_is_not_among_five():
    tally = Tally()
    tally.add(np.array([[0.3, 0.2, 0.15, 0.12, 0.11, 0.07, 0.05]] * 2), np.array([4, 5]))
    assert tally.top_5 == 0.5
