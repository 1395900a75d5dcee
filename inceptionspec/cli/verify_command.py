"""`specbuild verify`."""

from __future__ import annotations

import sys

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS


@click.command(
    "verify",
    cls=Command,
    examples=(
        "specbuild verify v3.onnx",
        "specbuild verify v3.keras --weights inception_v3.ckpt",
        "specbuild verify v3.tflite --json",
    ),
    exits={
        EXIT_CLEAN: "all that was checked holds",
        EXIT_FINDINGS: "the file is not what its receipt says, or has none",
    },
)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.option(
    "--weights",
    metavar="SOURCE",
    shell_complete=completers.files,
    help="The file of weights that it was exported from, to compare.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the receipt.")
@weight_options
def command(
    file: str,
    weights: str | None,
    as_json: bool,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
) -> None:
    """Check that FILE still is what `specbuild export` wrote.

    FILE is an exported file, a folder, or a checkpoint's prefix. Its receipt says what each
    layer held and what the network computed; the first layer that differs is named. The file
    is run only if nothing in it has changed.
    """
    given = (weights_average, fresh, drop_background, without)
    if any(given) and weights is None:
        raise usage_error("options of weights need `--weights`", "name the file of weights")
    options = read_weight_options(*given)
    from inceptionspec.export.verify import verify
    from inceptionspec.reports.export.json import verified_json
    from inceptionspec.reports.export.text import verified_text

    found = verify(file, weights, options)
    echo(verified_json(found) if as_json else verified_text(found), nl=False)
    if not found.ok:
        sys.stdout.flush()
        show_findings(found.findings)
        raise click.exceptions.Exit(EXIT_FINDINGS)
