"""`specbuild render`."""

from __future__ import annotations

from typing import Any

import click

from inceptionspec.cli.options import settings, spec_options


@click.command("render")
@click.argument("spec")
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE",
    help="Where to write the diagram; its suffix chooses svg, png, pdf or dot.",
)
@click.option(
    "--fold",
    type=click.Choice(["network", "branches", "layers"]),
    help="How much to draw.  [default: network above 60 layers, else layers]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "pure", "system"]),
    default="auto",
    show_default=True,
    help="The layout engine: from PyPI, or the system's dot.",
)
@spec_options
def command(spec: str, file: str, fold: str | None, engine: str, **options: Any) -> None:
    """Draw SPEC: blocks as clusters, branches from left to right, shapes where they change."""
    from inceptionspec.backends.dot import draw

    network = settings(**options).load(spec)
    note = draw(network, file, engine=engine, fold=fold)
    if note:
        click.echo(f"note: {note}", err=True)
    click.echo(f"wrote {file}")
