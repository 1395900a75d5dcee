"""`specbuild render`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli.options import settings, spec_argument, spec_options
from inceptionspec.outputs.inert import inert

if TYPE_CHECKING:
    from inceptionspec.backends.diagram import Fold


@click.command("render")
@spec_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE",
    help="Where to write the diagram; its suffix chooses svg, png, pdf, dot or html.",
)
@click.option(
    "--fold",
    type=click.Choice(["network", "branches", "layers"]),
    default="layers",
    show_default=True,
    help="One box for each block, for each run of layers, or for each layer.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "pure", "system"]),
    default="auto",
    show_default=True,
    help="The layout engine: from PyPI, or the system's dot.",
)
@spec_options
def command(spec: str, file: str, fold: Fold, engine: str, **options: Any) -> None:
    """Draw SPEC: blocks as clusters, branches from left to right, shapes where they change."""
    from inceptionspec.backends.diagram import draw_file

    network = settings(**options).load(spec)
    if file.lower().endswith(".html"):
        from inceptionspec.backends.diagram.options import Options
        from inceptionspec.backends.page import draw_page

        note = draw_page(network, file, Options(fold=fold), engine=engine)
    else:
        note = draw_file(network.graph, file, engine=engine, fold=fold)
    if note:
        click.echo(f"note: {note}", err=True)
    click.echo(f"wrote {inert(file)}")
