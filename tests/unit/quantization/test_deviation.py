"""Deviations by hand, and which layer is to blame for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rewriting import graph_of

from inceptionspec.quantization.deviation import LayerErrors, deviation, layer_shares


def test_errors_are_of_the_largest_logit() -> None:
    reference = np.array([[1.0, -4.0, 2.0], [0.0, 1.0, 0.5]])
    found = np.array([[1.0, -4.0, 2.4], [0.0, 0.4, 0.5]])
    got = deviation(reference, found)
    assert got.images == 2
    assert got.largest == pytest.approx(0.15)
    assert got.mean == pytest.approx((0.4 + 0.6) / 6 / 4)
    assert got.agreement == 0.5


def test_nothing_deviates_from_itself() -> None:
    maps = np.random.default_rng(1).normal(size=(2, 3, 3, 5))
    got = deviation(maps, maps)
    assert (got.largest, got.mean, got.agreement) == (0, 0, 1)
    assert deviation(np.zeros((1, 2)), np.zeros((1, 2))).largest == 0


def test_not_a_number_is_no_agreement_with_a_bound() -> None:
    got = deviation(np.ones((1, 2)), np.array([[np.nan, 1.0]]))
    assert not got.largest <= 1e9


CHAIN = """
- {op: conv, name: A, kernel: 1x1, filters: 4}
- {op: conv, name: B, kernel: 1x1, filters: 4}
- {op: conv, name: C, kernel: 1x1, filters: 4}
"""


def errors_of(**shares: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Layers with such an error each, of numbers that are 1."""
    reference = {path: np.ones(100) for path in shares}
    return reference, {path: np.full(100, 1 + share**0.5) for path, share in shares.items()}


def test_a_layer_adds_what_its_inputs_did_not_have() -> None:
    found = layer_shares(graph_of(CHAIN), *errors_of(A=0.1, B=0.4, C=0.5))
    assert [one.path for one in found] == ["B", "A", "C"]
    assert [one.share for one in found] == pytest.approx([0.6, 0.2, 0.2])


def test_a_layer_that_damps_an_error_damps_all_its_parts() -> None:
    found = layer_shares(graph_of(CHAIN), *errors_of(A=0.1, B=0.4, C=0.2))
    assert [(one.path, one.share) for one in found] == [
        ("B", pytest.approx(0.75)),
        ("A", pytest.approx(0.25)),
    ]


def test_a_layer_that_is_missing_hands_errors_on() -> None:
    found = layer_shares(graph_of(CHAIN), *errors_of(A=0.4, C=0.1))
    assert [(one.path, one.share) for one in found] == [("A", 1.0)]
    assert layer_shares(graph_of(CHAIN), *errors_of(A=0.0, B=0.0)) == ()


def test_branches_count_by_the_size_of_their_numbers() -> None:
    graph = graph_of("""
- name: M
  branches:
    - [{op: conv, name: A, kernel: 1x1, filters: 1}]
    - [{op: conv, name: B, kernel: 1x1, filters: 1}]
""")
    # B is wrong by more of its own, A by more in all.
    reference = {"M/A": np.full(4, 10.0), "M/B": np.ones(4)}
    found = {"M/A": np.full(4, 11.0), "M/B": np.full(4, 1.5)}
    both = [np.concatenate([one["M/A"], one["M/B"]]) for one in (reference, found)]
    shares = layer_shares(graph, {**reference, "M/concat": both[0]}, {**found, "M/concat": both[1]})
    assert [(one.path, one.share) for one in shares] == [
        ("M/A", pytest.approx(4 / 5)),
        ("M/B", pytest.approx(1 / 5)),
    ]


def test_errors_of_several_pictures_are_summed() -> None:
    graph, errors = graph_of(CHAIN), LayerErrors()
    errors.add({"A": np.ones(2), "B": np.ones(2)}, {"A": np.ones(2), "B": np.zeros(2)})
    errors.add({"A": np.ones(2), "B": np.ones(2)}, {"A": np.zeros(2), "B": np.zeros(2)})
    assert [(one.path, one.share) for one in errors.shares(graph)] == [("A", 0.5), ("B", 0.5)]
    assert [one.path for one in errors.shares(graph, 1)] == ["A"]
