"""The learning rate of a phase by step: as a plain number, and as what a Keras optimizer takes."""

from __future__ import annotations

import math
from typing import Any

from inceptionspec.training.recipe import (
    Constant,
    Cosine,
    Duration,
    Exponential,
    Phase,
    Piecewise,
    Schedule,
)


def whole_steps(duration: Duration, steps_per_epoch: int) -> int:
    """A duration in whole steps, rounded down as TensorFlow 1's trainers do, at least one."""
    # A third of an epoch of 300 steps is 100 steps, not the 99.99... of floating point.
    return max(1, math.floor(duration.steps(steps_per_epoch) + 1e-6))


def rate_at(phase: Phase, step: int, steps_per_epoch: int) -> float:
    """The learning rate of one step, counted from the phase's start at 0.

    Args:
        phase: whose schedule it is.
        step: the number of updates before this one.
        steps_per_epoch: updates in an epoch.
    """
    schedule = phase.schedule
    warmup = schedule.warmup
    rise = whole_steps(warmup.length, steps_per_epoch) if warmup else 0
    if warmup and step < rise:
        return schedule.rate * (warmup.start + (1 - warmup.start) * step / rise)
    match schedule:
        case Constant(rate):
            return rate
        case Exponential(rate, factor, every, staircase):
            decays = step / whole_steps(every, steps_per_epoch)
            return rate * factor ** (math.floor(decays) if staircase else decays)
        case Piecewise(rate, boundaries, factors):
            reached = sum(step >= whole_steps(one, steps_per_epoch) for one in boundaries)
            return rate * (1.0, *factors)[reached]
        case Cosine(rate, final):
            length = max(1, phase.epochs * steps_per_epoch - rise)
            share = min(step - rise, length) / length
            return rate * ((1 - final) * 0.5 * (1 + math.cos(math.pi * share)) + final)


def keras_schedule(phase: Phase, steps_per_epoch: int) -> Any:
    """The same for a Keras optimizer: a number where it is constant, else Keras' schedule."""
    schedule = phase.schedule
    if schedule.warmup is None:
        return _after_warmup(schedule, phase.epochs * steps_per_epoch, steps_per_epoch)
    from inceptionspec.training.warmup import LinearWarmup

    rise = whole_steps(schedule.warmup.length, steps_per_epoch)
    cosine = isinstance(schedule, Cosine)
    length = phase.epochs * steps_per_epoch - (rise if cosine else 0)
    return LinearWarmup(
        _after_warmup(schedule, length, steps_per_epoch),
        rate=schedule.rate,
        start=schedule.warmup.start,
        steps=rise,
        delay=rise if cosine else 0,
    )


def _after_warmup(schedule: Schedule, length: int, steps_per_epoch: int) -> Any:
    from keras.optimizers import schedules

    match schedule:
        case Constant(rate):
            return rate
        case Exponential(rate, factor, every, staircase):
            steps = whole_steps(every, steps_per_epoch)
            return schedules.ExponentialDecay(rate, steps, factor, staircase=staircase)
        case Piecewise(rate, boundaries, factors):
            # Keras keeps a value up to and with its boundary.
            ends = [whole_steps(one, steps_per_epoch) - 1 for one in boundaries]
            return schedules.PiecewiseConstantDecay(ends, [rate, *(rate * one for one in factors)])
        case Cosine(rate, final):
            return schedules.CosineDecay(rate, max(1, length), alpha=final)
