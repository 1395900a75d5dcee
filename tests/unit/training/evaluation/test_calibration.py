"""Calibration, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from inceptionspec.training.evaluation.calibration import BINS, calibration_error, reliability
from inceptionspec.training.evaluation.results import Bin

CONFIDENCES = np.array([0.55, 0.58, 0.95, 0.97, 0.99, 1.0])
RIGHT = np.array([True, False, True, True, False, True])


def test_bins_by_hand() -> None:
    bins = reliability(CONFIDENCES, RIGHT, bins=10)
    filled = {number: one for number, one in enumerate(bins) if one.pictures}
    assert set(filled) == {5, 9}
    assert filled[5] == pytest.approx(Bin(0.5, 0.6, 2, 0.565, 0.5))
    assert filled[9] == pytest.approx(Bin(0.9, 1.0, 4, 0.9775, 0.75))
    by_hand = (2 * (0.565 - 0.5) + 4 * (0.9775 - 0.75)) / 6
    assert calibration_error(bins) == pytest.approx(by_hand)


def test_an_end_of_a_bin_belongs_to_the_bin_below() -> None:
    bins = reliability(np.array([0.0, 0.25, 0.5, 1.0]), np.ones(4, bool), bins=4)
    assert [one.pictures for one in bins] == [2, 1, 0, 1]


def test_what_is_right_as_often_as_it_says_is_calibrated() -> None:
    right = np.arange(10) < 7
    assert calibration_error(reliability(np.full(10, 0.7), right)) == pytest.approx(0)
    assert calibration_error(reliability(np.full(10, 1.0), right)) == pytest.approx(0.3)


def test_all_bins_are_there_and_empty_ones_count_nothing() -> None:
    bins = reliability(np.array([0.9]), np.array([True]))
    assert len(bins) == BINS == 15
    assert sum(one.pictures for one in bins) == 1
    assert bins[0] == (0, 1 / 15, 0, 0, 0)
