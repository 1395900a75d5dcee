"""Reference pictures and fingerprints are the same for ever, and tell arrays apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import loaded

from inceptionspec.export.program import array_digest, weights_digest
from inceptionspec.export.reference import (
    as_input,
    fingerprint,
    picture_shape,
    pictures,
    same_fingerprint,
    sample,
    sample_deviation,
)
from inceptionspec.export.running import deviation, first_different, largest_deviation


def test_pictures_never_change() -> None:
    drawn = pictures((2, 3, 4, 3))
    assert drawn.shape == (2, 3, 4, 3)
    # Of SHAKE-256, by any implementation: a receipt of today must be checked in ten years.
    assert drawn.ravel()[:6].tolist() == [227, 113, 120, 134, 129, 232]
    assert np.array_equal(drawn, pictures((2, 3, 4, 3)))
    assert not np.array_equal(drawn, pictures((2, 3, 4, 3), "another"))


def test_fingerprints_never_change() -> None:
    assert fingerprint(np.arange(12.0)) == [-0.4445542, -1.0669301, -0.4445542, 22.4944438]


def test_a_change_of_a_small_share_is_told() -> None:
    array = np.random.default_rng(0).normal(size=(1, 30, 30, 8))
    old = fingerprint(array)
    assert same_fingerprint(fingerprint(array * (1 + 1e-7)), old, 1e-5)
    changed = array.copy()
    changed[..., 3] *= 1.01
    assert not same_fingerprint(fingerprint(changed), old, 1e-5)
    assert not same_fingerprint(fingerprint(array[..., ::-1]), old, 1e-3)


def test_an_input_is_preprocessed_as_the_spec_says() -> None:
    drawn = np.array([[[[0, 128, 255]]]], np.uint8)
    found = as_input(drawn, loaded("vgg16").graph)
    np.testing.assert_allclose(found, [[[[255 - 103.939, 128 - 116.779, -123.68]]]], rtol=1e-6)
    found = as_input(drawn, loaded("inception_v3").graph)
    np.testing.assert_allclose(found, [[[[-1, 128 / 127.5 - 1, 1]]]], atol=1e-6)


def test_pictures_have_the_size_of_the_network() -> None:
    assert picture_shape(loaded("inception_v3").graph, None) == (2, 299, 299, 3)
    assert picture_shape(loaded("inception_v3").graph, 5) == (5, 299, 299, 3)
    assert picture_shape(loaded("inception_v1", input="any").graph, 1) == (1, 224, 224, 3)


def test_samples_tell_other_shapes_and_values() -> None:
    array = np.random.default_rng(0).normal(size=(2, 7)).astype("float32")
    stored = sample(array)
    assert sample_deviation(stored, array) == pytest.approx(0, abs=1e-7)
    assert sample_deviation(stored, array.T) is None
    assert (sample_deviation(stored, array + 1e-3) or 0) > 1e-5


def test_deviations() -> None:
    one = np.array([1.0, -4.0, np.nan, np.inf])
    assert deviation(one, one) == 0
    assert deviation(one + np.array([0, 0.4, 0, 0]), one) == pytest.approx(0.1)
    assert deviation(one[:3], one) == float("inf")
    assert deviation(np.zeros(4), one) == float("inf")
    assert largest_deviation({"a": one}, {"b": one}) == float("inf")
    layers = {"a": np.ones(3), "b": np.ones(3), "c": np.ones(3)}
    assert first_different(layers, layers) is None
    assert first_different({**layers, "b": np.zeros(3), "c": np.zeros(3)}, layers) == "b"


def test_the_digest_of_weights_is_of_paths_shapes_and_numbers() -> None:
    values = {("a", "kernel"): np.ones((2, 3), "float32"), ("b", "bias"): np.zeros(3, "float32")}
    digest = weights_digest(values)
    assert weights_digest(dict(reversed(values.items()))) == digest
    assert weights_digest({key: array.astype(">f4") for key, array in values.items()}) == digest
    assert weights_digest({**values, ("a", "kernel"): np.ones((3, 2), "float32")}) != digest
    assert (
        weights_digest({("c" if p == "a" else p, w): a for (p, w), a in values.items()}) != digest
    )
    assert array_digest(np.ones(2)) != array_digest(np.array([1, np.nextafter(1, 2, dtype="f4")]))


def test_numbers_that_are_not_finite_are_stored_as_none_and_compared() -> None:
    array = np.array([[1.0, np.nan, np.inf]], "float32")
    stored = sample(array)
    assert stored["values"] == [1.0, None, None]
    assert stored["largest"] == 1
    assert fingerprint(array) == [None] * 4
    assert "NaN" not in json.dumps(stored)
    assert sample_deviation(stored, array) == 0
    assert sample_deviation(stored, np.array([[1.0, 2.0, np.inf]], "float32")) == np.inf
    assert same_fingerprint(fingerprint(array), fingerprint(array), 1e-4)
    assert not same_fingerprint(fingerprint(array), fingerprint(np.ones((1, 3))), 1e-4)
