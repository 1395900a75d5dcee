"""`specbuild train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, spec_options
from inceptionspec.cli.parameters import Number, Whole
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.sanitize import sanitize

if TYPE_CHECKING:
    from inceptionspec.training.run import Run
    from inceptionspec.training.train import TrainingResult
    from inceptionspec.weights.load import WeightOptions

_DETAILS = {
    "Data": (
        ("a folder", "a folder of pictures per class, or these under train/ and validation/"),
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
    ),
    details=_DETAILS,
    exits={
        EXIT_FINDINGS: "spec, recipe or data have errors, or a number is not finite",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[training]'",
    },
)
@click.argument("spec", required=False, shell_complete=completers.specs)
@click.option("--recipe", metavar="RECIPE", help="A built-in recipe, or a file of one.")
@click.option("--data", metavar="PATH", shell_complete=completers.files, help="The pictures.")
@click.option("--out", metavar="RUN", help="The folder that the run is kept in: a new one.")
@click.option("--resume", metavar="RUN", help="Go on with a run, as if nothing had happened.")
@click.option("--data-changed", is_flag=True, help="Resume although the data is not what it was.")
@click.option(
    "--batch", type=Whole(1), metavar="N", help="Images in an update; the rate scales by its rule."
)
@click.option("--seed", type=Whole(0), metavar="N", help="What all that is drawn follows from.")
@click.option(
    "--validation",
    type=Number(),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="What part of each class validates, where the data does not say.",
)
@click.option(
    "--members", type=Whole(1, 99), metavar="N", help="Train so many networks, to be averaged."
)
@click.option("--save-steps", type=Whole(1), metavar="N", help="Save every N steps, too.")
@click.option(
    "--weights", metavar="FILE", shell_complete=completers.files, help="Weights to start from."
)
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
    weights: str | None,
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
    if resume is not None:
        given = {"SPEC": spec, "--recipe": recipe, "--out": out, "--batch": batch, "--seed": seed}
        extra = next((name for name, value in given.items() if value is not None), None)
        if extra:
            raise usage_error(f"`--resume` knows `{extra}` from the run", f"leave `{extra}` out")
        _go_on(resume, data, save_steps, data_changed)
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
    from inceptionspec.training.recipes.load import load_recipe, open_recipe
    from inceptionspec.training.run import Settings, new_run

    loaded = read_options(**options).load(spec)
    source = open_recipe(recipe)
    chosen = load_recipe(source)
    arrays_of = _reader(
        weights,
        chosen.initial_weights.source,
        read_weight_options(weights_average, fresh, drop_background, without),
    )
    count = members or chosen.members
    for member in range(count):
        settings = Settings(data, batch, seed, validation, member if count > 1 else None)
        folder = f"{out}/member-{member + 1}" if count > 1 else out
        if count > 1:
            echo(f"member {member + 1} of {count}", err=True)
        run = new_run(loaded, source, settings, folder)
        _carry_out(run, arrays_of(run), save_steps)


def _reader(weights: str | None, source: str, options: WeightOptions) -> Any:
    """What gives the arrays that a run starts from."""
    file = weights
    if source == "given" and weights is None:
        raise usage_error("the recipe starts from given weights", "name them: `--weights FILE`")
    if file is None and source not in ("none", "given"):
        file = source
    if file is None:
        return lambda run: None
    from inceptionspec.weights.load import load_weights

    def read(run: Run) -> Any:
        found = load_weights(run.loaded, file, options)
        for note in found.notes:
            echo(f"note: {sanitize(note)}", err=True)
        if found.warnings:
            show_findings(found.warnings)
        return found.arrays

    return read


def _go_on(folder: str, data: str | None, save_steps: int | None, data_changed: bool) -> None:
    """Resume a run, or each member of one."""
    import os

    from inceptionspec.training.run import open_run
    from inceptionspec.training.run_files import MANIFEST

    members = sorted(
        (entry.path for entry in os.scandir(folder) if entry.name.startswith("member-")),
        key=lambda path: int(path.rpartition("-")[2]),
    ) if os.path.isdir(folder) and not os.path.exists(f"{folder}/{MANIFEST}") else []  # fmt: skip
    for path in members or [folder]:
        _carry_out(open_run(path, data, data_changed=data_changed), None, save_steps)


def _carry_out(run: Run, arrays: Any, save_steps: int | None) -> None:
    from inceptionspec.cli.training_progress import training_progress
    from inceptionspec.reports.training.text import finished_text, opening_text
    from inceptionspec.training.loop import Saving
    from inceptionspec.training.train import train

    echo(opening_text(run), err=True)
    echo("loading TensorFlow and tracing the network ...", err=True)
    try:
        with training_progress() as watch:
            found: TrainingResult = train(run, arrays, saving=Saving(save_steps or 0), watch=watch)
    except (KeyboardInterrupt, SystemExit):
        echo(f"go on with: specbuild train --resume {sanitize(str(run.folder))}", err=True)
        raise
    echo(finished_text(found))
