"""`specbuild optimize`."""

from __future__ import annotations

from typing import Any

import click

from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.network import Network
from inceptionspec.rewrites import PASSES

_PASSES = "\b\nPasses, in the order in which they run:\n" + "\n".join(
    f"  {name:<26}{one.doc}" for name, one in PASSES.items()
)


@click.command("optimize", epilog=_PASSES)
@spec_argument
@click.option(
    "--explain", is_flag=True, help="List every rewrite, and what was left and why, with lines."
)
@click.option("--passes", metavar="NAME,...", help="Only these passes.")
@click.option("--without", metavar="NAME,...", help="All passes but these.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
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

    The rewritten network gives the same outputs, but for rounding, from fewer or cheaper
    layers: every pass is exact under a condition that it checks, and tells what it left
    alone. It keeps the main head, or those that `--head` names. Nothing is written;
    `Network.optimize` gives the rewritten network in Python. Works without TensorFlow.
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
    click.echo(text, nl=False)
