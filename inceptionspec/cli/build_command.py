"""`specbuild build`."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import (
    read_options,
    refuse_spec_files,
    spec_argument,
    spec_options,
)
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.traversal import resolve_outputs
from inceptionspec.reports.weights.transfer_text import transfer_text
from inceptionspec.utils.atomic_write import check_writable

SUFFIX = ".keras"


@click.command(
    "build",
    cls=Command,
    examples=(
        "specbuild build inception_v3 -o v3.keras",
        "specbuild build mine.yaml -o mine.keras --set classes=10 --head Logits",
        "specbuild build inception_v3 -o v3.keras --weights inception_v3.ckpt",
    ),
    exits={
        EXIT_FINDINGS: "the spec has errors, or the weights do not fit",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[tensorflow]'",
    },
)
@spec_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE.keras",
    shell_complete=completers.files,
    help="Where to save the model.",
)
@click.option(
    "--outputs",
    metavar="NAME,...",
    help="The end points that the model returns.  [default: every head's logits]",
)
@click.option(
    "--weights",
    metavar="CKPT",
    shell_complete=completers.files,
    help="A TF-Slim checkpoint to start from.",
)
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

    Prints where it is saved and how many parameters it has. The model consists of stock
    Keras layers: `keras.saving.load_model` reads it without inceptionspec.
    """
    if weights_average and weights is None:
        raise usage_error("`--weights-average` needs `--weights`", "name a checkpoint")
    _refuse_file(file)
    loaded = read_options(**options).load(spec)
    refuse_spec_files(file, "-o", loaded)
    names = None if outputs is None else outputs.split(",")
    chosen = names[0] if names is not None and len(names) == 1 else names
    resolve_outputs(loaded.graph, chosen, external(f"--outputs {outputs}"))
    echo("loading TensorFlow ...", err=True)
    from inceptionspec.backends.keras import build, save

    name = sanitize(loaded.name)
    echo(f"building {name} ({len(loaded.graph.nodes)} layers) ...", err=True)
    model = build(loaded.graph, chosen)
    if weights is not None:
        echo(f"reading {sanitize(weights)} ...", err=True)
        from inceptionspec.backends.keras import assign, built_nodes
        from inceptionspec.weights.load import WeightOptions, load_weights

        read = WeightOptions(average=weights_average)
        found = load_weights(loaded, weights, read, built_nodes(model, loaded.graph))
        assign(model, loaded.graph, found.arrays)
        if found.transferred is not None:
            echo(transfer_text(found.transferred))
        for note in found.notes:
            echo(f"note: {sanitize(note)}", err=True)
        if found.warnings:
            show_findings(found.warnings)
            sys.stderr.flush()
    save(model, file)
    echo(f"wrote {sanitize(file)} ({model.count_params():,} parameters)")


def _refuse_file(file: str) -> None:
    """Say before TensorFlow is loaded that a model cannot be saved there."""
    place = external(f"-o {file}")
    check_writable(file, place)
    if not file.endswith(SUFFIX):
        message = f"a model is saved to a file that ends in `{SUFFIX}`, not to `{file}`"
        helps = (f"write `{os.path.splitext(file)[0]}{SUFFIX}`",)
        raise spec_error("E0804", message, place, *helps)
