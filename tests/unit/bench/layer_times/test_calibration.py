"""From the sum of layers to the network."""

from __future__ import annotations

import pytest

from inceptionspec.bench.layer_times.calibration import Calibration, Whole, calibrate, spread


def wholes(*sums: float, share: float = 0.9, call: float = 0.01) -> list[Whole]:
    return [Whole(share * each - 10 * call, each, 10) for each in sums]


def test_share_and_call_are_told_apart_by_networks_of_different_size() -> None:
    found = calibrate(wholes(1.0, 2.0, 5.0))
    assert found == pytest.approx((0.9, 0.01))
    assert found.time(3.0, 10) == pytest.approx(2.6)
    assert spread(found, wholes(1.0, 2.0, 5.0)) == pytest.approx(0)
    assert spread(found, [Whole(1.0, 1.0, 10)]) == pytest.approx(0.2)


def test_few_or_alike_networks_give_a_share_alone() -> None:
    assert calibrate([]) == Calibration(1.0)
    assert calibrate([Whole(0.8, 1.0, 10)]) == Calibration(0.8)
    assert calibrate([Whole(0.8, 1.0, 10), Whole(1.8, 2.0, 10)]).share == pytest.approx(0.85)
    alike = [Whole(0.8, 1.0, 10), Whole(0.9, 1.0, 10), Whole(0.7, 1.1, 10)]
    assert calibrate(alike) == Calibration(0.8)


def test_what_would_make_layers_cheaper_the_more_there_are_is_no_fit() -> None:
    assert calibrate(wholes(1.0, 2.0, 5.0, call=-0.01)).call == 0
    assert Calibration(0.9, 1.0).time(1.0, 10) == pytest.approx(0.2)  # never nothing
