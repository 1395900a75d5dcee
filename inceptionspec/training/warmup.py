"""A rise of the learning rate before any schedule, which Keras has for its cosine alone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class LinearWarmup(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """From ``start`` times the rate to the whole of it in a line, then another schedule.

    Args:
        after: the rate after the warm-up: a number, or a schedule.
        rate: what it rises to.
        start: the share of the rate at step 0.
        steps: how many steps it rises.
        delay: steps after which the other schedule starts to count.
    """

    def __init__(self, after: Any, *, rate: float, start: float, steps: int, delay: int) -> None:
        super().__init__()
        self.after, self.rate, self.start = after, rate, start
        self.steps, self.delay = steps, delay

    def __call__(self, step: Any) -> Any:
        """The rate of a step."""
        step = ops.cast(step, "float32")
        share = ops.minimum(step / self.steps, 1.0)
        rising = self.rate * (self.start + (1 - self.start) * share)
        after = self.after
        if isinstance(after, keras.optimizers.schedules.LearningRateSchedule):
            after = after(ops.maximum(step - self.delay, 0.0))
        return ops.where(step < self.steps, rising, after)

    def get_config(self) -> dict[str, Any]:
        """What it was made of."""
        return {
            "after": self.after,
            "rate": self.rate,
            "start": self.start,
            "steps": self.steps,
            "delay": self.delay,
        }
