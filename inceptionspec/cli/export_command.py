"""`specbuild export`."""

from __future__ import annotations

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
from inceptionspec.cli.parameters import Choice, Whole
from inceptionspec.cli.precision_options import (
    FILE_PRECISIONS,
    file_precision_options,
    read_precision,
)
from inceptionspec.cli.progress import progress_bar
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import external
from inceptionspec.export.formats import FORMATS, companions


@click.command(
    "export",
    cls=Command,
    examples=(
        "specbuild export inception_v3 --weights inception_v3.ckpt -o v3.onnx",
        "specbuild export inception_v3 --weights v3.keras -o v3.tflite --head Logits",
        "specbuild export mine.yaml --weights mine.h5 -o net.py --set classes=10",
        "specbuild export mine.yaml --weights mine.h5 -o int8.onnx --precision int8",
    ),
    exits={
        EXIT_FINDINGS: "the spec has errors, the weights do not fit, or the file deviates",
        EXIT_MISSING: "a package that the format needs is missing",
    },
    details={"Formats, by the suffix of OUT": [(row.suffix, row.doc) for row in FORMATS.values()]},
)
@spec_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="OUT",
    shell_complete=completers.files,
    help="Where to write; the suffix chooses the format.",
)
@click.option(
    "--weights",
    metavar="FILE",
    shell_complete=completers.files,
    help="A file of weights.  [default: what a new model starts from]",
)
@click.option("--format", "form", type=Choice(FORMATS), help="The format, whatever the suffix.")
@click.option(
    "--outputs",
    metavar="NAME,...",
    help="The end points that the model returns.  [default: every head's logits]",
)
@click.option("--batch", type=Whole(1), metavar="N", help="The number of images; open otherwise.")
@click.option("--optimized", is_flag=True, help="Rewrite the network for inference first.")
@click.option(
    "--preprocessing",
    type=Choice(("outside", "inside")),
    default="outside",
    show_default=True,
    help="Whether the model itself preprocesses pictures of bytes.",
)
@click.option(
    "--labels",
    metavar="FILE",
    shell_complete=completers.files,
    help="A name for each class, a line each, for the receipt.",
)
@file_precision_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the receipt.")
@weight_options
@spec_options
def command(
    spec: str,
    file: str,
    weights: str | None,
    form: str | None,
    outputs: str | None,
    batch: int | None,
    optimized: bool,
    preprocessing: str,
    labels: str | None,
    precision: str,
    calibrate: str | None,
    keep_float: tuple[str, ...],
    any_deviation: bool,
    as_json: bool,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    **options: Any,
) -> None:
    """Write SPEC with its weights as a file of another program.

    The file is loaded by its own program and compared with the network on the same inputs
    before it gets its name. It carries a receipt, which `specbuild verify` checks again. ONNX,
    LiteRT, safetensors and checkpoints are written without TensorFlow.
    """
    given = {
        "--weights-average": weights_average,
        "--fresh": fresh,
        "--drop-background": drop_background,
        "--without": without,
    }
    for option, value in given.items():
        if value and weights is None:
            raise usage_error(f"`{option}` needs `--weights`", "name a file of weights")
    lowering = read_precision(precision, calibrate, keep_float, any_deviation, FILE_PRECISIONS)
    loaded = read_options(**options).load(spec)
    from inceptionspec.export.export import (
        ExportOptions,
        check_export,
        export,
        initial_values,
        needed_nodes,
    )
    from inceptionspec.reports.export.json import exported_json
    from inceptionspec.reports.export.text import exported_text
    from inceptionspec.reports.weights.text import summary_lines
    from inceptionspec.reports.weights.transfer_text import transfer_text
    from inceptionspec.utils.atomic_write import refuse_inputs
    from inceptionspec.weights import load_weights

    names = None if outputs is None else outputs.split(",")
    chosen = names[0] if names is not None and len(names) == 1 else names
    inside = preprocessing == "inside"
    asked = ExportOptions(form, chosen, batch, optimized, inside, labels, lowering)
    place = external(f"-o {file}")
    found = check_export(loaded, file, asked, place)
    refuse_spec_files(file, "-o", loaded)
    for one in companions(file, found):
        refuse_inputs(one, (weights, labels), place)
    with progress_bar() as progress:
        nodes = needed_nodes(loaded, found, chosen)
        warnings: tuple[Diagnostic, ...] = ()
        told: list[str] = []
        if weights is None:
            arrays = initial_values(loaded, nodes)
        else:
            progress("reading the weights", 0, 1)
            options_read = read_weight_options(weights_average, fresh, drop_background, without)
            read = load_weights(loaded, weights, options_read, nodes)
            arrays, warnings = read.arrays, read.warnings
            told += summary_lines(read.report)
            told += [] if read.transferred is None else [transfer_text(read.transferred)]
        exported = export(loaded, file, arrays, asked, weights=weights, progress=progress)
    for text in told:
        echo(text, err=True)
    echo(exported_json(exported) if as_json else exported_text(exported), nl=False)
    if warnings:
        sys.stdout.flush()
        show_findings(warnings)
