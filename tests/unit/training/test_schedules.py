"""Learning rates by step, against sequences by hand."""

from __future__ import annotations

import math

import pytest
from recipes import recipe

from inceptionspec.training.recipe import Duration
from inceptionspec.training.recipes.load import load_recipe
from inceptionspec.training.schedules import rate_at, whole_steps


def rates(schedule: str, steps: int, *, epochs: int = 4, steps_per_epoch: int = 2) -> list[float]:
    phase = recipe(f"epochs: {epochs}\nschedule: {schedule}").phases[0]
    return [rate_at(phase, step, steps_per_epoch) for step in range(steps)]


def test_four_percent_every_eight_epochs() -> None:
    """The 2014 recipe, on 3 steps an epoch: 24 steps at each rate."""
    phase = load_recipe("inception_v1_2014").phases[0]
    for step in range(100):
        assert rate_at(phase, step, 3) == pytest.approx(0.0015 * 0.96 ** (step // 24))


def test_six_times_as_fast_in_2015() -> None:
    early = load_recipe("inception_v1_2014").phases[0]
    late = load_recipe("bn_inception_2015").phases[0]
    for step in range(480):
        ratio = rate_at(late, step, 30) / rate_at(early, 6 * step, 30)
        assert ratio == pytest.approx(5)


def test_v3_falls_by_six_percent_every_two_epochs() -> None:
    phase = load_recipe("inception_v3_2015").phases[0]
    assert rate_at(phase, 1599, 800) == 0.045
    assert rate_at(phase, 1600, 800) == pytest.approx(0.0423)
    assert rate_at(phase, 99 * 800, 800) == pytest.approx(0.045 * 0.94**49)


def test_each_kind_by_hand() -> None:
    assert rates("{kind: constant, rate: 0.5}", 3) == [0.5, 0.5, 0.5]
    warm = rates("{kind: constant, rate: 1, warmup: {length: 2 epochs, start: 0.2}}", 6)
    assert warm == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])
    smooth = "{kind: exponential, rate: 1, factor: 0.25, every: 2 steps, staircase: false}"
    assert rates(smooth, 4) == pytest.approx([1, 0.5, 0.25, 0.125])
    steps = "{kind: piecewise, rate: 2, boundaries: [1 epoch, 5 steps], factors: [0.5, 0.1]}"
    assert rates(steps, 7) == pytest.approx([2, 2, 1, 1, 1, 0.2, 0.2])
    half = [(1 + math.cos(math.pi * step / 8)) / 2 for step in range(8)]
    assert rates("{kind: cosine, rate: 1}", 8) == pytest.approx(half)
    risen = rates("{kind: cosine, rate: 1, final: 0.5, warmup: {length: 1 epoch}}", 9)
    assert risen[:3] == pytest.approx([0, 0.5, 1])
    assert risen[5] == pytest.approx(0.75)  # halfway between the warm-up and the end
    assert risen[8] == pytest.approx(0.5)


def test_lengths_are_whole_steps() -> None:
    assert whole_steps(Duration(4 / 3, "epochs"), 300) == 400
    assert whole_steps(Duration(1 / 3, "epochs"), 300) == 100
    assert whole_steps(Duration(2, "epochs"), 799) == 1598
    assert whole_steps(Duration(0.1, "epochs"), 3) == 1
    assert whole_steps(Duration(7, "steps"), 300) == 7
