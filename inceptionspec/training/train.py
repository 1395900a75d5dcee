"""A run from its folder to its end: assembled, carried out, and written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from inceptionspec._version import __version__
from inceptionspec.diagnostics.diagnostic import MissingPackageError, SpecError
from inceptionspec.drawing.plot.curves import Panel, draw_curves
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.pictures.stated import stated_steps
from inceptionspec.training.fitting import Fitted, fit
from inceptionspec.training.forecast import Forecast, forecast
from inceptionspec.training.journal import Journal
from inceptionspec.training.loop import DEFAULT_SAVING, Loop, Moment, Saving
from inceptionspec.training.run import Run, forget, initial_arrays
from inceptionspec.training.run_files import WEIGHTS
from inceptionspec.training.strategies.devices import ONE, Devices, refuse_small_batch
from inceptionspec.training.strategies.peers import OnLost, Peers, end_process
from inceptionspec.utils.atomic_write import write_file

if TYPE_CHECKING:
    from inceptionspec.training.strategies.team import Team

CURVES = "curves.svg"
_POINTS = 300
"""On a curve at most."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What came out of a run.

    Attributes:
        folder: of the run.
        steps: updates that were made.
        validation: loss and accuracy at the end; empty where nothing validates.
        best: the same of the best epoch.
        bad_pictures: those that could not be used, with the reason.
        weights: the file that was written.

    >>> from pathlib import Path
    >>> run, weights = Path("run"), Path("run/weights.safetensors")
    >>> found = inceptionspec.TrainingResult(run, 30, {"top_1": 0.95}, {}, {}, weights)
    >>> found.validation["top_1"]
    0.95
    """

    folder: Path
    steps: int
    validation: dict[str, float]
    best: dict[str, float]
    bad_pictures: dict[str, str]
    weights: Path


def train(
    run: Run,
    *,
    saving: Saving = DEFAULT_SAVING,
    watch: Callable[[Moment], None] = lambda moment: None,
    foretell: Callable[[Forecast], None] | None = None,
    devices: Devices = ONE,
    on_lost: OnLost = end_process,
    tell: Callable[[str], None] = lambda text: None,
) -> TrainingResult:
    """Carry out a run, from its last checkpoint if there is one.

    Args:
        run: what is done.
        saving: when checkpoints are written.
        watch: is told of every step, at most once a second; of the chief's with several workers.
        foretell: is told before the first step how long the run will take, in the chief of several
            workers. Two steps are made for it by all of them, and undone.
        devices: what computes: this process, or this one as a worker of several.
        on_lost: ends the process when another worker is gone and TensorFlow waits for it.
        tell: is told which devices were found, where several were asked for.

    Raises:
        SpecError: as ``Loop.run`` does; the recipe does not fit the network (E0901, E0903), or
            the workers do not fit together (E0922 to E0924).
    """
    fitted = fit(run.recipe, run.loaded.graph)
    stated_steps(run.loaded, run.place)
    refuse_small_batch(run.recipe.batch, devices.processes)
    from inceptionspec.backends.keras.import_keras import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    from inceptionspec.training.strategies.team import open_team

    tf.config.experimental.enable_op_determinism()
    if devices.cluster is None:
        team = open_team(devices)
        if devices.mirrored:
            tell(_devices_found(team.replicas))
        return _carry_out(run, fitted, saving, watch, foretell, team, nullcontext())
    team = open_team(devices)
    peers = Peers(devices.cluster, on_lost)
    peers.start()
    try:
        tell(f"all {team.share.count} workers are there, with {team.replicas} devices")
        found = _carry_out(run, fitted, saving, watch, foretell, team, peers.writing)
        team.wait()  # nobody leaves before the chief has written everything
        return found
    finally:
        peers.stop()


def _devices_found(count: int) -> str:
    if count == 1:
        return "this machine has one device: the run is the same as without `--strategy`"
    return f"{count} devices share each batch"


def _carry_out(
    run: Run,
    fitted: Fitted,
    saving: Saving,
    watch: Callable[[Moment], None],
    foretell: Callable[[Forecast], None] | None,
    team: Team,
    writing: AbstractContextManager[Any],
) -> TrainingResult:
    from inceptionspec.training.data.batches import Batches
    from inceptionspec.training.training import Training

    refuse_small_batch(run.recipe.batch, team.replicas, "devices")
    steps = stated_steps(run.loaded, run.place)
    batches = Batches(
        run.data.train,
        classes=len(run.data.classes),
        shape=_shape(run),
        preprocessing=steps,
        augmentation=run.recipe.augmentation,
        batch=run.recipe.batch,
        seed=run.recipe.seed,
        shuffle=run.recipe.shuffle,
        indices=_sample(run),
        share=team.share,
    )
    start = initial_arrays(run)  # the chief has written them before workers meet
    training = Training(fitted, batches.per_epoch, start, jit=run.settings.jit, team=team)
    loop = Loop(
        training,
        batches,
        _validation(run, steps, batches.bad),
        run.folder,
        run.digests["network"],
        run.place,
        saving,
        watch,
        writing,
    )
    loop.resume()
    try:
        team.agree(
            {
                **{name: run.digests[name] for name in ("network", "recipe", "data")},
                "checkpoint": str(training.step),
                "version of inceptionspec": __version__,
                "command": str(foretell is not None),  # all measure a step, or none
            }
        )
    except SpecError as error:
        if any(found.code == "E0924" for found in error.findings):
            forget(run)
        raise
    if foretell is not None and training.step < training.steps:
        found = forecast(training, batches)
        if team.is_chief:
            foretell(found)
    try:
        loop.run()
    except BaseException:
        with suppress(SpecError):  # the one that is on its way is told
            _draw(run, team)
        raise
    _draw(run, team)
    file = run.folder / WEIGHTS
    if team.is_chief:
        _write_weights(run, training.arrays(averaged=True), file)
    tests = Journal(run.folder, run.place).of("validation")
    last = {name: tests[-1][name] for name in ("loss", "top_1", "top_5")} if tests else {}
    return TrainingResult(run.folder, training.step, last, loop.best, batches.bad.reasons, file)


def _shape(run: Run) -> tuple[int, int, int]:
    height, width, channels = run.loaded.graph.nodes[0].shape
    assert height is not None
    assert width is not None
    assert channels is not None
    return height, width, channels


def _sample(run: Run) -> Any:
    """The examples of a member of an ensemble; all of them where there is one network."""
    from inceptionspec.training.data.order import member_sample

    member = run.settings.member
    if member is None:
        return None
    return member_sample(len(run.data.train.labels), run.recipe.seed, member)


def _validation(run: Run, steps: Preprocessing, bad: Any) -> Any:
    from inceptionspec.training.validation import Validation

    if run.data.validation is None or not len(run.data.validation.labels):
        return None
    graph = run.loaded.graph
    return Validation(run.data.validation, graph.main, _shape(run), steps, bad)


def _write_weights(run: Run, arrays: Any, file: Path) -> None:
    from inceptionspec.weights.writers import write_safetensors

    metadata = {f"digest.{name}": digest for name, digest in run.digests.items()}
    write_safetensors(str(file), arrays, {"network": run.loaded.name, **metadata})


def _bundled(steps: list[int], values: list[float]) -> tuple[list[float], list[float]]:
    """The means of a few hundred bundles of neighbors: the loss of one batch is noise."""
    size = -(-len(steps) // _POINTS)
    ranges = [slice(start, start + size) for start in range(0, len(steps), size)]
    return [mean(steps[one]) for one in ranges], [mean(values[one]) for one in ranges]


def _draw(run: Run, team: Team) -> None:
    """Draw the curves of a run, where matplotlib is installed."""
    if not team.is_chief:
        return
    journal = Journal(run.folder, run.place)
    steps = journal.of("train")
    tests = journal.of("validation")
    losses = {
        name: _bundled([one["step"] for one in steps], [one[name] for one in steps])
        for name in (steps[0] if steps else {})
        if name == "loss" or name.startswith("loss/")
    }
    if tests:
        losses["validation"] = ([one["step"] for one in tests], [one["loss"] for one in tests])
    accuracy = {
        name: ([one["step"] for one in tests], [100 * one[key] for one in tests])
        for name, key in (("top-1", "top_1"), ("top-5", "top_5"))
        if tests
    }
    rate = {"rate": ([one["step"] for one in steps], [one["rate"] for one in steps])}
    panels = [
        Panel("loss (nats)", losses),
        Panel("validation accuracy (%)", accuracy),
        Panel("learning rate", rate if steps else {}),
    ]
    try:
        content = draw_curves(f"{run.loaded.name}, {run.recipe.name}", panels)
    except MissingPackageError:
        return
    write_file(str(run.folder / CURVES), content, run.place)
