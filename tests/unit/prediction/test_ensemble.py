"""Logits to probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from inceptionspec.prediction.ensemble import Mean, likeliest, probabilities


def test_softmax_of_large_and_equal_logits() -> None:
    found = probabilities(np.float32([[1e4, 1e4, -1e4], [0, 0, 0]]), "softmax")
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [1 / 3] * 3])
    assert found.dtype == np.float64


def test_sigmoid_is_for_each_class() -> None:
    found = probabilities(np.array([[0, 1000, -1000, 2]]), "sigmoid")
    np.testing.assert_allclose(found, [[0.5, 1, 0, 1 / (1 + np.exp(-2))]])


def test_probabilities_stay() -> None:
    np.testing.assert_array_equal(probabilities([[0.25, 0.75]], "none"), [[0.25, 0.75]])


def test_a_map_of_logits_is_the_mean_over_the_map() -> None:
    maps = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    each = np.exp(maps) / np.exp(maps).sum(-1, keepdims=True)
    np.testing.assert_allclose(probabilities(maps, "softmax"), each.mean((1, 2)))


def test_the_likeliest_are_as_many_as_there_are() -> None:
    assert likeliest(np.array([0.1, 0.6, 0.3]), 2) == [1, 2]
    assert likeliest(np.array([0.5, 0.5]), 9) == [0, 1]


def test_a_mean_over_crops_is_ready_with_the_last_row_of_all_networks() -> None:
    mean = Mean(2, 2)
    rows = np.arange(8.0).reshape(2, 2, 2)
    assert mean.add(5, 0, rows[0, 0]) is None
    assert mean.add(7, 0, rows[0, 0]) is None
    assert mean.add(5, 1, rows[1, 0]) is None
    assert mean.add(5, 1, rows[1, 1]) is None
    whole = mean.add(5, 0, rows[0, 1])
    assert whole == pytest.approx(rows.mean(1))
