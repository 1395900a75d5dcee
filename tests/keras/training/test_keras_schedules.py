"""The schedules that Keras follows are those of the plain function, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from recipes import recipe

from inceptionspec.training.schedules import keras_schedule, rate_at

SCHEDULES = (
    "{kind: constant, rate: 0.1}",
    "{kind: constant, rate: 0.1, warmup: {length: 9 steps, start: 0.2}}",
    "{kind: exponential, rate: 0.0075, factor: 0.96, every: 4/3 epochs}",
    "{kind: exponential, rate: 0.045, factor: 0.94, every: 2 epochs, staircase: false}",
    "{kind: exponential, rate: 0.045, factor: 0.5, every: 5 steps, warmup: {length: 1 epoch}}",
    "{kind: piecewise, rate: 0.1, boundaries: [1 epoch, 2.5 epochs], factors: [0.1, 0.01]}",
    "{kind: cosine, rate: 0.5}",
    "{kind: cosine, rate: 0.5, final: 0.1, warmup: {length: 1.5 epochs, start: 0.01}}",
)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_step_has_the_rate_of_the_plain_function(schedule: str) -> None:
    phase = recipe(f"epochs: 4\nschedule: {schedule}").phases[0]
    made = keras_schedule(phase, 6)
    steps = range(24)
    found = [float(made(step)) if callable(made) else made for step in steps]
    np.testing.assert_allclose(found, [rate_at(phase, step, 6) for step in steps], rtol=1e-5)
