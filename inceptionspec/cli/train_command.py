"""`specbuild train`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, spec_options
from inceptionspec.cli.parameters import Choice, Number, Whole
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.sanitize import sanitize

if TYPE_CHECKING:
    from inceptionspec.diagnostics.diagnostic import SpecError
    from inceptionspec.frontend.load import LoadedSpec
    from inceptionspec.training.loop import Saving
    from inceptionspec.training.recipe import Recipe
    from inceptionspec.training.run import Run
    from inceptionspec.training.strategies.devices import Devices
    from inceptionspec.training.train import TrainingResult
    from inceptionspec.weights.load import WeightOptions

_DETAILS = {
    "Data": (
        ("a folder", "a folder of pictures for each class, or these under train/, validation/"),
        ("a folder", "TFRecords in the layout of ImageNet: train-00000-of-00008 ..."),
        ("a file", "FILE.npz with x_train, y_train and, if you like, x_test, y_test"),
    ),
}


@click.command(
    "train",
    cls=Command,
    examples=(
        "specbuild train mine.yaml --recipe quick --data flowers/ --out run1",
        "specbuild train my.yaml --recipe fine_tune --weights a.ckpt --data d --out b",
        "specbuild train --resume run1",
        "specbuild train --resume run1 --workers 2",
    ),
    details=_DETAILS,
    exits={
        EXIT_FINDINGS: "spec, recipe or data are wrong, a loss is not finite, or a worker is gone",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[training]'",
    },
)
@click.argument("spec", required=False, shell_complete=completers.specs)
@click.option(
    "--recipe",
    metavar="RECIPE",
    help="How to train: a name of `specbuild list --recipes`, or a file.",
)
@click.option(
    "--data", metavar="PATH", shell_complete=completers.files, help="The pictures; see below."
)
@click.option("--out", metavar="RUN", help="A new folder, in which the run is kept.")
@click.option(
    "--resume", metavar="RUN", help="Go on with the run in this folder, as if it had never stopped."
)
@click.option(
    "--data-changed",
    is_flag=True,
    help="With `--resume`: go on although the data is not what it was.",
)
@click.option(
    "--batch",
    type=Whole(1),
    metavar="N",
    help="Images in a step; the learning rate scales with it as the recipe says.",
)
@click.option(
    "--seed", type=Whole(0), metavar="N", help="Of all that is random: the same seed, the same run."
)
@click.option(
    "--validation",
    type=Number(),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="The share of each class to validate with, where the data has no such part.",
)
@click.option(
    "--members", type=Whole(1, 99), metavar="N", help="Train N networks, to be used as an ensemble."
)
@click.option(
    "--save-steps",
    type=Whole(1),
    metavar="N",
    help="Save every N steps, and not only after each epoch.",
)
@click.option(
    "--save-minutes",
    type=Number(),
    default=10.0,
    show_default=True,
    metavar="N",
    help="Save every N minutes, likewise; 0 for never.",
)
@click.option(
    "--weights",
    metavar="FILE",
    shell_complete=completers.files,
    help="Weights to start from; the recipe's by default, or random ones.",
)
@click.option(
    "--strategy",
    type=Choice(("mirrored", "multiworker")),
    metavar="NAME",
    help="`mirrored`: all GPUs of this machine; `multiworker`: the workers of TF_CONFIG.",
)
@click.option(
    "--workers",
    type=Whole(1, 64),
    metavar="N",
    help="Share each batch among N processes on the CPUs of this machine.",
)
@click.option(
    "--precision",
    type=Choice(("float32", "bfloat16", "float16")),
    metavar="TYPE",
    help="What is computed in: float32, bfloat16 or float16; the recipe's by default.",
)
@click.option("--jit", is_flag=True, help="Compile the step with XLA, on one device.")
@weight_options
@spec_options
def command(
    spec: str | None,
    recipe: str | None,
    data: str | None,
    out: str | None,
    resume: str | None,
    data_changed: bool,
    batch: int | None,
    seed: int | None,
    validation: float,
    members: int | None,
    save_steps: int | None,
    save_minutes: float,
    weights: str | None,
    strategy: str | None,
    workers: int | None,
    precision: str | None,
    jit: bool,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    **options: Any,
) -> None:
    """Train SPEC by a recipe on pictures.

    The run's folder holds everything: spec, recipe, digests, records for TensorBoard, curves,
    checkpoints, and at the end `weights.safetensors`, which `predict`, `evaluate` and `export`
    read. Ctrl-C finishes the step, saves, and says how to go on.
    """
    from inceptionspec.training.strategies.devices import choose_devices

    devices = choose_devices(strategy, workers, os.environ, jit=jit)
    if save_minutes < 0:
        raise usage_error("`--save-minutes` must be at least 0", "write 0 for never")
    from inceptionspec.training.loop import Saving

    saving = Saving(save_steps or 0, save_minutes)
    if resume is not None:
        given = {
            "SPEC": spec,
            "--recipe": recipe,
            "--out": out,
            "--batch": batch,
            "--seed": seed,
            "--precision": precision,
            "--jit": jit or None,
        }
        extra = next((name for name, value in given.items() if value is not None), None)
        if extra:
            raise usage_error(f"`--resume` knows `{extra}` from the run", f"leave `{extra}` out")
        _go_on(resume, data, saving, data_changed, devices)
        return
    if data_changed:
        raise usage_error("`--data-changed` is for `--resume`", "leave it out")
    for name, value in (("SPEC", spec), ("--recipe", recipe), ("--data", data), ("--out", out)):
        if value is None:
            raise usage_error(
                f"`{name}` is missing",
                "write it as `specbuild train SPEC --recipe RECIPE --data PATH --out RUN`",
            )
    assert spec is not None
    assert recipe is not None
    assert data is not None
    assert out is not None
    if not 0 <= validation < 1:
        raise usage_error("`--validation` must be a share of 0 to 1", "write 0.1 for a tenth")
    from inceptionspec.training.initial_weights import initial_file
    from inceptionspec.training.recipes.load import load_recipe, open_recipe
    from inceptionspec.training.run import Settings, member_folder, new_run

    loaded = read_options(**options).load(spec)
    source = open_recipe(recipe)
    chosen = load_recipe(source)
    file = initial_file(chosen) if weights is None else weights
    # Before anything is written: the weights may not fit.
    weighed = read_weight_options(weights_average, fresh, drop_background, without)
    arrays = _read_weights(chosen, loaded, file, weighed)
    count = members or chosen.members
    several = count > 1
    member = 0 if several else None
    settings = Settings(data, batch, seed, validation, member, count, precision, jit)
    folder = member_folder(out, 0) if several else out
    run = new_run(loaded, source, settings, folder, weights=arrays, devices=devices)
    _carry_out(run, saving, out, devices)
    if several:
        _further_members(run, saving, out, devices)


def _read_weights(recipe: Recipe, loaded: LoadedSpec, file: str, options: WeightOptions) -> Any:
    """The arrays that a run starts from; None where no file is named."""
    if not file:
        return None
    from inceptionspec.training.initial_weights import initial_weights

    found = initial_weights(recipe, loaded, file, options)
    for note in found.notes:
        echo(f"note: {sanitize(note)}", err=True)
    if found.warnings:
        show_findings(found.warnings)
    return found.arrays


def _go_on(
    folder: str, data: str | None, saving: Saving, data_changed: bool, devices: Devices
) -> None:
    """Resume a run; or what members of one are not finished, and train those that are not there."""
    from inceptionspec.training.run import open_run, run_folders
    from inceptionspec.training.run_files import WEIGHTS

    paths = [str(path) for path in run_folders(folder)] or [folder]
    for path in paths:
        run = open_run(path, data, data_changed=data_changed, devices=devices)
        if path == folder or not os.path.exists(f"{path}/{WEIGHTS}"):
            _carry_out(run, saving, folder, devices)
    if paths != [folder]:
        _further_members(run, saving, folder, devices)


def _further_members(run: Run, saving: Saving, folder: str, devices: Devices) -> None:
    """Train the members of an ensemble that come after one."""
    from inceptionspec.training.run import member_folder, next_member

    first = (run.settings.member or 0) + 1
    for number in range(first, run.settings.members):
        run = next_member(run, member_folder(folder, number), devices)
        _carry_out(run, saving, folder, devices)


def _carry_out(run: Run, saving: Saving, folder: str, devices: Devices) -> None:
    """Train a run, which is that of a folder or a member in it."""
    from inceptionspec.cli.training_progress import training_progress
    from inceptionspec.reports.training.text import (
        devices_text,
        finished_text,
        forecast_text,
        opening_text,
    )
    from inceptionspec.training.forecast import Forecast
    from inceptionspec.training.workers.carry_out import carry_out

    def foretell(found: Forecast) -> None:
        echo(forecast_text(found), err=True)

    if run.settings.member is not None:
        echo(f"member {run.settings.member + 1} of {run.settings.members}", err=True)
    echo(opening_text(run), err=True)
    for line in devices_text(devices, run.folder):
        echo(line, err=True)
    echo("loading TensorFlow and tracing the network ...", err=True)
    try:
        with training_progress() as watch:
            found: TrainingResult = carry_out(
                run,
                devices,
                saving=saving,
                watch=watch,
                foretell=foretell,
                on_lost=_end_now,
                tell=lambda text: echo(text, err=True),
            )
    except (KeyboardInterrupt, SystemExit):
        echo(f"go on with: specbuild train --resume {sanitize(folder)}", err=True)
        raise
    echo(finished_text(found) if not devices.rank else "done: the chief has written the run")


def _end_now(error: SpecError) -> None:
    """Show findings, and end the process, whatever its main thread waits for."""
    show_findings(error.findings)
    os._exit(error.exit_code)
