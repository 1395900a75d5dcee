"""How long a run will take, before its first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inceptionspec.utils import interrupts

if TYPE_CHECKING:
    from inceptionspec.training.data.batches import Batches
    from inceptionspec.training.training import Training


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the steps that are left will take, validation apart.

    Attributes:
        steps: that are left.
        seconds_per_step: of one that was measured.
    """

    steps: int
    seconds_per_step: float

    @property
    def seconds(self) -> float:
        """Of all steps that are left."""
        return self.steps * self.seconds_per_step


def forecast(training: Training, batches: Batches) -> Forecast:
    """Measure a step on the next batch, and leave everything as it was."""
    images, targets = next(batches.since(training.step))
    with interrupts.held():  # what the measured step changed is put back in any case
        seconds = training.seconds_of_step(images, targets)
    return Forecast(training.steps - training.step, seconds)
