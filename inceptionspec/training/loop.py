"""The loop of a run: steps, records, validation, checkpoints, and how it ends."""

from __future__ import annotations

import dataclasses
import math
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.training.checkpoints import Checkpoints, State
from inceptionspec.training.journal import Journal
from inceptionspec.utils import interrupts

if TYPE_CHECKING:
    from inceptionspec.training.data.batches import Batches
    from inceptionspec.training.step import StepResult
    from inceptionspec.training.training import Training
    from inceptionspec.training.validation import Validation


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
        images_per_second: so far, validation included; None after the first step, which
            TensorFlow traces and compiles.
        seconds_left: until the end, at this pace; None where that is.
        top_1: of the last validation; None before the first.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: float
    heads: dict[str, float]
    rate: float
    images_per_second: float | None
    seconds_left: float | None
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
        network: str,
        place: Span,
        saving: Saving = DEFAULT_SAVING,
        watch: Watch = lambda moment: None,
        writing: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._training = training
        self._batches = batches
        self._validation = validation
        self._run = run
        self._network = network
        self._place = place
        self._saving = saving
        self._watch = watch
        self._writing = writing or nullcontext()
        self._team = training.team
        self._journal = Journal(run, place, writes=self._team.is_chief)
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
            then = state.progress.get("network")
            if then != self._network:
                raise spec_error(
                    "E0913",
                    f"the checkpoint of step {state.step:,} belongs to another network",
                    self._place,
                    "put the checkpoints of this run back, or start a new one with another `--out`",
                    notes=(f"its network is {then}", f"the run's is {self._network}"),
                )
            self._training.restore(state.step, state.arrays, self._place)
            self.best = dict(state.progress.get("best", {}))
            self._last_top_1 = state.progress.get("top_1")
        self._journal.rewind(self._training.step)

    def run(self) -> None:
        """Make all steps that are left.

        A signal lets the step finish and the run be saved, and then ends it. With several workers,
        one that gets a signal ends all of them, after the same step.

        Raises:
            SpecError: a loss or a gradient is not finite (E0914), a file cannot be written
                (E0803), or another worker is gone (E0920): the last checkpoint is still there.
        """
        several = self._team.cluster is not None
        try:
            with interrupts.held() if several else nullcontext():
                self._run_all()
        except (KeyboardInterrupt, SystemExit):
            with interrupts.held():
                self.save()
                self._journal.close()
            raise
        except SpecError as error:
            with suppress(SpecError):
                self._journal.close()
            raise self._with_way_on(error) from None
        self._journal.close()

    def _run_all(self) -> None:
        training = self._training
        self._finish_epoch()  # where the run ended before it was validated
        batches = self._batches.since(training.step)
        pace = _Pace()
        saved = time.monotonic()
        while training.step < training.steps:
            images, targets = next(batches)
            with interrupts.held():  # a step is made whole or not at all
                rate = training.rate
                asked = interrupts.is_held_back()
                result, stops = training(images, targets, stop=asked)
                self._record(result, rate, images, targets, pace)
            if stops:
                raise SystemExit(interrupts.exit_code(signal.SIGTERM))
            if self._finish_epoch() or self._is_due(saved):
                with interrupts.held():
                    self.save()
                saved = time.monotonic()

    def save(self, *, best: bool = False) -> None:
        """Write a checkpoint of this step, if this process is the one that does."""
        if not self._team.is_chief:
            return
        progress = {"network": self._network, "best": self.best, "top_1": self._last_top_1}
        state = State(self._training.step, self._training.state(), progress)
        with self._writing:
            self._checkpoints.save(state, best=best)

    def _with_way_on(self, error: SpecError) -> SpecError:
        """The same findings, and how to go on."""
        steps = self._checkpoints.steps()
        if not steps:
            return error
        folder = sanitize(short_path(str(self._run)))
        help_ = (
            f"the checkpoint of step {steps[-1]:,} is whole: `specbuild train --resume {folder}` "
            "goes on from it"
        )
        return SpecError(
            [dataclasses.replace(one, helps=(*one.helps, help_)) for one in error.findings]
        )

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
        # With float16, a gradient that overflows makes the step void and the loss's scale smaller.
        overflows = training.fitted.recipe.precision == "float16"
        norm = float(result.gradient_norm)
        if not math.isfinite(loss) or not (math.isfinite(norm) or overflows):
            self._refuse_fault(result, images, targets)
        heads = {name: float(value) for name, value in result.heads.items()}
        values = {
            "loss": loss,
            **{f"loss/{name}": value for name, value in heads.items()},
            "regularization": float(result.regularization),
            "gradient_norm": norm if math.isfinite(norm) else None,
            "rate": rate,
        }
        self._journal.add("train", training.step, {"epoch": training.epoch, **values})
        if not self._team.is_chief:
            return
        pace.step()
        if not pace.is_due and training.step < training.steps:
            return
        steps_per_second = pace.lap()
        left = training.steps - training.step
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
                steps_per_second * training.fitted.recipe.batch if steps_per_second else None,
                left / steps_per_second if steps_per_second else None,
                self._last_top_1,
            )
        )

    def _finish_epoch(self) -> bool:
        """Validate at the end of an epoch, where it is due and not done; whether one ended."""
        training, step = self._training, self._training.step
        epoch, within = divmod(step, training.steps_per_epoch)
        if not step or within:
            return False
        if not self._team.is_chief:  # the others wait for the chief with their next step
            return True
        every = training.fitted.recipe.evaluation.every
        tested = self._journal.of("validation")
        is_due = not epoch % every or step == training.steps
        if self._validation is None or not is_due or (tested and tested[-1]["step"] == step):
            return True
        found = self._validation.measure(self._training)
        with interrupts.held():
            self._journal.add("validation", step, found)
            self._last_top_1 = found["top_1"]
            best = found["top_1"] > self.best.get("top_1", -1.0)
            if best:
                self.best = {**found, "step": step}
            self.save(best=best)
        return True

    def _refuse_fault(self, result: StepResult, images: Any, targets: Any) -> None:
        from inceptionspec.training.first_fault import first_fault

        training = self._training
        where = first_fault(training, images)
        raise spec_error(
            "E0914",
            f"step {training.step:,}: {where}",
            self._place,
            "lower the rate, or bound the gradients: `clip: {kind: global_norm, at: 1}`",
            notes=(f"loss {float(result.loss):g}, gradient norm {float(result.gradient_norm):g}",),
        )


class _Pace:
    """How quickly steps go by, the first left out."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._told = -math.inf
        self._steps = 0

    @property
    def is_due(self) -> bool:
        """Whether the last lap is long over."""
        return time.monotonic() - self._told >= _EVERY_SECONDS

    def step(self) -> None:
        """Count a step that is over."""
        if self._since is None:
            self._since = time.monotonic()
        else:
            self._steps += 1

    def lap(self) -> float | None:
        """Steps a second so far; None before the second step."""
        self._told = time.monotonic()
        if self._since is None or not self._steps:
            return None
        return self._steps / max(self._told - self._since, 1e-9)
