"""`specbuild optimize`."""

from __future__ import annotations

from typing import Any

import click

from inceptionspec.api.network import Network
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.rewrites import PASSES


@click.command(
    "optimize",
    cls=Command,
    examples=(
        "specbuild optimize inception_v3",
        "specbuild optimize inception_v3 --explain --head all",
        "specbuild optimize mine.yaml --passes fold-batch-norm,dead-code-elimination",
    ),
    details={"Passes, in the order in which they run": [(n, one.doc) for n, one in PASSES.items()]},
)
@spec_argument
@click.option(
    "--explain",
    is_flag=True,
    help="List each rewrite with its lines, and what was left alone and why.",
)
@click.option("--passes", metavar="NAME,...", help="Run only these passes.")
@click.option("--without", metavar="NAME,...", help="Run all passes but these.")
@format_option("text", "json")
@spec_options
def command(
    spec: str,
    explain: bool,
    passes: str | None,
    without: str | None,
    form: str,
    **options: Any,
) -> None:
    """Show how SPEC is rewritten for inference, and what that saves.

    The rewritten network computes the same outputs, except for rounding, with fewer or
    cheaper layers. Prints what each pass saves. Keeps only the main head unless `--head`
    names others. Writes no file: `Network.optimize` returns the rewritten network in
    Python. Works without TensorFlow.
    """
    loaded = read_options(**options).load(spec)
    found = Network(loaded).optimize(
        passes=None if passes is None else passes.split(","),
        without=() if without is None else without.split(","),
    )
    if form == "json":
        from inceptionspec.reports.optimize.json import to_json

        text = to_json(found, loaded.source.name, loaded.digests["network"])
    else:
        from inceptionspec.reports.optimize.text import to_text

        text = to_text(found, loaded.source.name, explain=explain)
    echo(text, nl=False)
