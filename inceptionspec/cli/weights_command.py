"""`specbuild weights`."""

from __future__ import annotations

import sys
from typing import Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, spec_options
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.diagnostics.source import external


@click.command(
    "weights",
    cls=Command,
    examples=(
        "specbuild weights inception_v3.ckpt",
        "specbuild weights model.h5 inception_v3_keras",
        "specbuild weights v3.pth inception_v3_torchvision --json",
    ),
    exits={EXIT_FINDINGS: "the file cannot be read, or does not fit SPEC"},
)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.argument("spec", metavar="[SPEC]", required=False, shell_complete=completers.specs)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every weight of a match.")
@weight_options
@spec_options
def command(
    file: str,
    spec: str | None,
    as_json: bool,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    **options: Any,
) -> None:
    """Say what is in a FILE of weights, and which specs it fits.

    FILE is a checkpoint, a Keras or TensorFlow.js model, a PyTorch file, safetensors, ONNX or a
    frozen graph. Without SPEC, every built-in spec is tried by names and shapes. With SPEC, the
    match is carried out and reported: what was matched by which rule, converted, missing or left
    over. Works without TensorFlow and PyTorch.
    """
    chosen = read_weight_options(weights_average, fresh, drop_background, without)
    wanted = read_options(**options)
    from inceptionspec.reports.weights.json import to_json
    from inceptionspec.reports.weights.text import content_text, report_text
    from inceptionspec.reports.weights.transfer_text import transfer_text
    from inceptionspec.weights import DEFAULT_WEIGHT_OPTIONS, load_weights
    from inceptionspec.weights.files import open_weights
    from inceptionspec.weights.fits import content, fits

    if spec is None:
        if chosen != DEFAULT_WEIGHT_OPTIONS or any(options.values()):
            message = "options of a network need a SPEC"
            raise usage_error(message, "name one after FILE: `specbuild weights FILE SPEC`")
        place = external(file)
        opened = open_weights(file, place)
        held, found = content(opened), fits(opened, place)
        echo(to_json(file, held, found) if as_json else content_text(file, held, found), nl=False)
        return
    loaded = load_weights(wanted.load(spec), file, chosen)
    if as_json:
        held = content(open_weights(file, external(file)))
        echo(to_json(file, held, report=loaded.report, transferred=loaded.transferred), nl=False)
    else:
        echo(report_text(loaded.report), nl=False)
        if loaded.transferred is not None:
            echo(f"\n{transfer_text(loaded.transferred)}")
    if loaded.warnings:
        sys.stdout.flush()
        show_findings(loaded.warnings)
