"""`specbuild build`."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from inceptionspec.cli.findings import show
from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import check_writable

SUFFIX = ".keras"


@click.command("build")
@spec_argument
@click.option(
    "-o", "--output", "file", required=True, metavar="FILE.keras", help="Where to save the model."
)
@click.option(
    "--outputs",
    metavar="NAMES",
    help="End points to put out, separated by commas.  [default: every head's logits]",
)
@click.option("--weights", metavar="CKPT", help="A TF-Slim checkpoint to start from.")
@click.option(
    "--weights-average",
    is_flag=True,
    help="Read the checkpoint's moving averages instead of its variables.",
)
@spec_options
def command(
    spec: str,
    file: str,
    outputs: str | None,
    weights: str | None,
    weights_average: bool,
    **options: Any,
) -> None:
    """Build the TensorFlow model of SPEC and save it.

    The file is made of stock Keras layers: `keras.saving.load_model` reads it where
    inceptionspec is not installed.
    """
    if weights_average and weights is None:
        raise click.UsageError("--weights-average needs --weights")
    _refuse_file(file)
    loaded = read_options(**options).load(spec)
    names = None if outputs is None else outputs.split(",")
    chosen = names[0] if names is not None and len(names) == 1 else names
    click.echo("loading TensorFlow ...", err=True)
    from inceptionspec.backends.keras import build, save

    name = sanitize(loaded.name)
    click.echo(f"building {name} ({len(loaded.graph.nodes)} layers) ...", err=True)
    model = build(loaded.graph, chosen)
    if weights is not None:
        click.echo(f"reading {sanitize(weights)} ...", err=True)
        from inceptionspec.weights import load_checkpoint

        found = load_checkpoint(model, loaded.graph, weights, average=weights_average)
        for note in found.notes:
            click.echo(f"note: {sanitize(note)}", err=True)
        if found.warnings:
            show(found.warnings)
            sys.stderr.flush()
    save(model, file)
    click.echo(f"wrote {sanitize(file)} ({model.count_params():,} parameters)")


def _refuse_file(file: str) -> None:
    """Say before TensorFlow is loaded that a model cannot be saved there."""
    place = external(f"-o {file}")
    check_writable(file, place)
    if not file.endswith(SUFFIX):
        message = f"a model is saved to a file that ends in `{SUFFIX}`, not to `{file}`"
        helps = (f"write `{os.path.splitext(file)[0]}{SUFFIX}`",)
        raise spec_error("E0804", message, place, *helps)
