"""Figures of networks and of their mean, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from inceptionspec.training.evaluation.outcomes import Outcomes

#: Networks x pictures x classes.
PROBABILITIES = np.array(
    [
        [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.4, 0.1], [0.1, 0.1, 0.8]],
        [[0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]],
    ]
)
LABELS = [0, 1, 1, 0]


def outcomes(order: list[int] | None = None) -> Outcomes:
    found = Outcomes(LABELS, 2)
    for picture in order or range(4):
        found.add(picture, PROBABILITIES[:, picture])
    return found


def test_the_ensemble_is_the_mean_by_hand() -> None:
    (whole, first, second), _ = outcomes().figures()
    mean = PROBABILITIES.mean(0)  # predicts 1, 1, 1, 2
    assert mean.argmax(1).tolist() == [1, 1, 1, 2]
    assert [one.top_1.value for one in (whole, first, second)] == [0.5, 0.5, 0.5]
    for row, one in ((mean, whole), (PROBABILITIES[0], first), (PROBABILITIES[1], second)):
        own = row[range(4), LABELS]
        assert one.loss.value == pytest.approx(-np.log(own).mean())
        assert one.top_5.value == 1


def test_members_disagree_by_hand() -> None:
    """They predict 0, 1, 0, 2 and 1, 1, 1, 2."""
    _, differ = outcomes().figures()
    assert differ is not None
    assert (differ.any, differ.pairs) == (0.5, 0.5)
    assert differ.gain.value == 0
    assert differ.gain.low <= 0 <= differ.gain.high


def test_three_members_differ_in_pairs() -> None:
    found = Outcomes([0], 3)
    found.add(0, np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]))
    _, differ = found.figures()
    assert differ is not None
    assert (differ.any, differ.pairs) == (1, pytest.approx(2 / 3))
    assert differ.gain.value == pytest.approx(1 / 3)


def test_the_confusion_matrix_and_the_classes_by_hand() -> None:
    found = outcomes()
    assert found.confusion(3).tolist() == [[0, 1, 1], [0, 2, 0], [0, 0, 0]]
    cat, dog, emu = found.classes(("cat", "dog", "emu"))
    assert cat == (0, "cat", 2, 0, 2, 0)
    assert (cat.recall, cat.precision) == (0, None)
    assert dog == (1, "dog", 2, 2, 2, 3)
    assert (dog.recall, dog.precision) == (1, pytest.approx(2 / 3))
    assert emu == (2, "emu", 0, 0, 0, 1)
    assert (emu.recall, emu.precision) == (None, 0)


def test_the_order_of_pictures_changes_nothing() -> None:
    assert outcomes([2, 0, 3, 1]).figures() == outcomes().figures()


def test_pictures_that_are_not_added_do_not_count() -> None:
    found = Outcomes(LABELS, 2)
    found.add(1, PROBABILITIES[:, 1])
    assert found.count == 1
    assert found.figures()[0][0].top_1.value == 1
    assert found.confusion(3).sum() == 1
    assert sum(one.pictures for one in found.bins()) == 1


def test_one_network_is_its_own_ensemble() -> None:
    found = Outcomes([1], 1)
    found.add(0, np.array([[0.25, 0.75]]))
    (whole, alone), differ = found.figures()
    assert whole == alone
    assert differ is None
    assert whole.calibration_error == pytest.approx(0.25)
