"""The loop of a run: steps, records, validation, checkpoints, and how it ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.training.checkpoints import Checkpoints, State
from inceptionspec.training.data.batches import Batches
from inceptionspec.training.first_fault import first_fault
from inceptionspec.training.journal import Journal
from inceptionspec.training.step import StepResult
from inceptionspec.training.training import Training
from inceptionspec.training.validation import Validation
from inceptionspec.utils import interrupts


@dataclass(frozen=True, slots=True)
class Saving:
    """When a run is saved, apart from the end of each epoch.

    Attributes:
        steps: after so many steps; 0 for never.
        minutes: after so many minutes; 0 for never.
        kept: how many of the last checkpoints are kept.
    """

    steps: int = 0
    minutes: float = 10.0
    kept: int = 3


DEFAULT_SAVING = Saving()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a run is.

    Attributes:
        step: updates that were made.
        steps: of the whole run.
        epoch: the current one, from 1.
        epochs: of the whole run.
        loss: what the last step minimized.
        heads: the loss of each head.
        rate: the learning rate.
        images_per_second: since the last moment.
        seconds_left: until the end, at this pace.
        top_1: of the last validation; None before the first.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: float
    heads: dict[str, float]
    rate: float
    images_per_second: float
    seconds_left: float
    top_1: float | None


Watch = Callable[[Moment], None]
_EVERY_SECONDS = 1.0
"""How often the one who watches is told."""


class Loop:
    """Runs a training from its step to its end."""

    def __init__(
        self,
        training: Training,
        batches: Batches,
        validation: Validation | None,
        run: Path,
        place: Span,
        saving: Saving = DEFAULT_SAVING,
        watch: Watch = lambda moment: None,
    ) -> None:
        self._training = training
        self._batches = batches
        self._validation = validation
        self._run = run
        self._place = place
        self._saving = saving
        self._watch = watch
        self._journal = Journal(run, place)
        self._checkpoints = Checkpoints(run, saving.kept, place)
        self.best: dict[str, float] = {}
        self._last_top_1: float | None = None

    def resume(self) -> None:
        """Go to the last checkpoint of the run, if it has one.

        Raises:
            SpecError: it cannot be read (E0703), or is that of another network (E0913).
        """
        state = self._checkpoints.load_last()
        if state is not None:
            self._training.restore(state.step, state.arrays, self._place)
            self.best = dict(state.progress.get("best", {}))
            self._last_top_1 = state.progress.get("top_1")
        self._journal.rewind(self._training.step)

    def run(self) -> None:
        """Make all steps that are left.

        A signal lets the step finish and the run be saved, and then ends it.

        Raises:
            SpecError: a loss or a gradient is not finite (E0914), or a file cannot be written
                (E0803): the last checkpoint is still there.
        """
        training = self._training
        batches = self._batches.since(training.step)
        pace = _Pace(training.step)
        saved = time.monotonic()
        try:
            while training.step < training.steps:
                images, targets = next(batches)
                with interrupts.held():  # a step is made whole or not at all
                    rate = training.rate
                    result = training(images, targets)
                    self._record(result, rate, images, targets, pace)
                    if training.step % training.steps_per_epoch == 0:
                        self._end_epoch()
                        saved = time.monotonic()
                    elif self._is_due(saved):
                        self.save()
                        saved = time.monotonic()
        except (KeyboardInterrupt, SystemExit):
            with interrupts.held():
                self.save()
            raise
        finally:
            self._journal.close()

    def save(self, *, best: bool = False) -> None:
        """Write a checkpoint of this step."""
        progress = {"best": self.best, "top_1": self._last_top_1}
        state = State(self._training.step, self._training.state(), progress)
        self._checkpoints.save(state, best=best)

    def _is_due(self, saved: float) -> bool:
        given = self._saving
        by_steps = given.steps and self._training.step % given.steps == 0
        by_time = given.minutes and time.monotonic() - saved > 60 * given.minutes
        return bool(by_steps or by_time)

    def _record(
        self, result: StepResult, rate: float, images: Any, targets: Any, pace: _Pace
    ) -> None:
        training = self._training
        loss = float(result.loss)
        if not math.isfinite(loss) or not math.isfinite(float(result.gradient_norm)):
            self._refuse_fault(result, images, targets)
        heads = {name: float(value) for name, value in result.heads.items()}
        values = {
            "loss": loss,
            **{f"loss/{name}": value for name, value in heads.items()},
            "regularization": float(result.regularization),
            "gradient_norm": float(result.gradient_norm),
            "rate": rate,
        }
        self._journal.add("train", training.step, {"epoch": training.epoch, **values})
        last = training.step == training.steps
        if pace.seconds < _EVERY_SECONDS and not last:
            return
        images_per_second = pace.lap(training.step) * int(images.shape[0])
        left = (training.steps - training.step) * int(images.shape[0]) / images_per_second
        per_epoch = training.steps_per_epoch
        self._watch(
            Moment(
                training.step,
                training.steps,
                min((training.step - 1) // per_epoch + 1, training.steps // per_epoch),
                training.steps // per_epoch,
                loss,
                heads,
                rate,
                images_per_second,
                left,
                self._last_top_1,
            )
        )

    def _end_epoch(self) -> None:
        best = False
        if self._validation is not None:
            found = self._validation.measure(self._training)
            self._journal.add("validation", self._training.step, found)
            self._last_top_1 = found["top_1"]
            best = found["top_1"] > self.best.get("top_1", -1.0)
            if best:
                self.best = {**found, "step": self._training.step}
        self.save(best=best)

    def _refuse_fault(self, result: StepResult, images: Any, targets: Any) -> None:
        training = self._training
        where = first_fault(training, images)
        raise spec_error(
            "E0914",
            f"step {training.step:,}: {where}",
            self._place,
            "lower the rate, or bound the gradients: `clip: {kind: global_norm, at: 1}`",
            "`--resume` goes on from the last checkpoint, which is finite",
            notes=(f"loss {float(result.loss):g}, gradient norm {float(result.gradient_norm):g}",),
        )


class _Pace:
    """How quickly steps go by."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the last lap."""
        return time.monotonic() - self._since

    def lap(self, step: int) -> float:
        """Steps a second since the last lap; the next begins."""
        pace = (step - self._step) / max(self.seconds, 1e-9)
        self._step, self._since = step, time.monotonic()
        return pace
