"""`specbuild build`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import (
    read_options,
    refuse_spec_files,
    spec_argument,
    spec_options,
)
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import need_weights, read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.utils.atomic_write import check_writable

if TYPE_CHECKING:
    from inceptionspec.frontend.load import LoadedSpec
    from inceptionspec.weights import WeightOptions

SUFFIX = ".keras"


@click.command(
    "build",
    cls=Command,
    examples=(
        "specbuild build inception_v3 -o v3.keras",
        "specbuild build mine.yaml -o mine.keras --set classes=10 --head Logits",
        "specbuild build inception_v3 -o v3.keras --weights v3.ckpt --drop-background",
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
    metavar="FILE",
    shell_complete=completers.files,
    help="A file of weights to start from, of any format that `specbuild weights` reads.",
)
@weight_options
@spec_options
def command(
    spec: str,
    file: str,
    outputs: str | None,
    weights: str | None,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    **options: Any,
) -> None:
    """Build the TensorFlow model of SPEC and save it.

    Prints where it is saved and how many parameters it has. The model consists of stock
    Keras layers: `keras.saving.load_model` reads it without inceptionspec.
    """
    need_weights(weights, weights_average, fresh, drop_background, without)
    _refuse_file(file)
    loaded = read_options(**options).load(spec)
    refuse_spec_files(file, "-o", loaded)
    names = None if outputs is None else outputs.split(",")
    chosen = names[0] if names is not None and len(names) == 1 else names
    ends = resolve_outputs(loaded.graph, chosen, external(f"--outputs {outputs}"))
    arrays = None
    if weights is not None:
        read = read_weight_options(weights_average, fresh, drop_background, without)
        arrays = _arrays(loaded, weights, read, ancestors(loaded.graph.nodes, ends.values()))
    echo("loading TensorFlow ...", err=True)
    from inceptionspec.backends.keras import assign, build, save

    name = sanitize(loaded.name)
    echo(f"building {name} ({len(loaded.graph.nodes)} layers) ...", err=True)
    model = build(loaded.graph, chosen)
    if arrays is not None:
        assign(model, loaded.graph, arrays)
    save(model, file)
    echo(f"wrote {sanitize(file)} ({model.count_params():,} parameters)")


def _arrays(
    loaded: LoadedSpec, file: str, options: WeightOptions, nodes: Sequence[int]
) -> Mapping[tuple[str, str], Any]:
    """The weights of some nodes, and on standard error what became of them."""
    from inceptionspec.reports.weights.text import summary_lines
    from inceptionspec.reports.weights.transfer_text import transfer_text
    from inceptionspec.weights import load_weights

    echo(f"reading {sanitize(file)} ...", err=True)
    found = load_weights(loaded, file, options, nodes)
    for line in summary_lines(found.report):
        echo(line, err=True)
    if found.transferred is not None:
        echo(transfer_text(found.transferred), err=True)
    if found.warnings:
        show_findings(found.warnings)
        sys.stderr.flush()
    return found.arrays


def _refuse_file(file: str) -> None:
    """Say before TensorFlow is loaded that a model cannot be saved there."""
    place = external(f"-o {file}")
    check_writable(file, place)
    if not file.endswith(SUFFIX):
        message = f"a model is saved to a file that ends in `{SUFFIX}`, not to `{file}`"
        helps = (f"write `{os.path.splitext(file)[0]}{SUFFIX}`",)
        raise spec_error("E0804", message, place, *helps)
