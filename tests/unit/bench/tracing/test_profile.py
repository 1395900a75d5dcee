"""A profile's figures, compared with sums by hand."""

from __future__ import annotations

import pytest
from fakes import ENVIRONMENT
from profiles import profile_of

from inceptionspec.frontend.load import LoadedSpec


def test_a_layer(network: LoadedSpec) -> None:
    profile = profile_of(network, ENVIRONMENT)
    stem = profile.layers[0]
    flops = 2 * 8 * 8 * 4 * (2 * 27 + 2)
    moved = 4 * (2 * 8 * 8 * 7 + 27 * 4 + 4)
    figures = profile.figures((stem,))
    assert stem.demand.flops == flops
    assert figures.predicted == pytest.approx(flops / 2e6)  # moving takes 4.0 ms
    assert moved / 1e6 < flops / 2e6
    assert not figures.memory_bound
    assert figures.flops_per_second == pytest.approx(flops / 0.02)
    assert figures.of_peak == pytest.approx(flops / 0.02 / 2e6)
    assert figures.efficiency == pytest.approx(flops / 2e6 / 0.02)
    assert figures.lost == pytest.approx(0.02 - flops / 2e6)


def test_a_layer_that_takes_no_time(network: LoadedSpec) -> None:
    figures = profile_of(network, ENVIRONMENT).figures(
        (profile_of(network, ENVIRONMENT).layers[3],)
    )
    assert (figures.seconds, figures.flops_per_second, figures.efficiency) == (0, None, None)
    assert figures.of_peak is None


def test_sums(network: LoadedSpec) -> None:
    profile = profile_of(network, ENVIRONMENT)
    each = [profile.figures((layer,)) for layer in profile.layers]
    whole = profile.figures(profile.layers)
    assert whole.seconds == profile.layer_seconds == pytest.approx(0.028)
    assert whole.predicted == pytest.approx(sum(one.predicted for one in each))
    assert whole.demand.flops == sum(one.demand.flops for one in each)
    assert profile.total.seconds == 0.030
    assert profile.total.flops_per_second == pytest.approx(whole.demand.flops / 0.030)
    assert profile.total.efficiency == pytest.approx(whole.predicted / 0.030)


def test_part_is_bound_by_what_takes_most_of_its_prediction(network: LoadedSpec) -> None:
    profile = profile_of(network, ENVIRONMENT)
    stem, last, *_ = profile.layers
    assert profile.figures((last,)).memory_bound
    assert not profile.figures((stem, last)).memory_bound


def test_the_gap_is_explained_in_full(network: LoadedSpec) -> None:
    profile = profile_of(network, ENVIRONMENT)
    assert profile.overhead == pytest.approx(0.1)
    assert tuple(profile.gaps) == pytest.approx((0.003, -0.001, -0.003, -0.001))
    assert sum(profile.gaps) == pytest.approx(profile.layer_seconds - profile.step_seconds)
