"""`specbuild show`."""

from __future__ import annotations

import sys
from typing import Any

import click

from inceptionspec.cli.options import settings, spec_argument, spec_options
from inceptionspec.diagnostics import Diagnostic, Label, SpecError, suggested
from inceptionspec.files import open_spec
from inceptionspec.outputs.inert import inert_line
from inceptionspec.source import Source


@click.command("show")
@spec_argument
@click.option(
    "--expanded",
    is_flag=True,
    help="Write out every default, block, repeat and base: a spec by itself.",
)
@click.option("--path", metavar="PATH", help="Only this layer, block, branch or head, expanded.")
@spec_options
def command(spec: str, expanded: bool, path: str | None, **options: Any) -> None:
    """Print the text of SPEC.

    The expanded text computes the same network (the same network digest) and needs no
    other file. Standard output can be saved as a spec.
    """
    wanted = settings(**options)
    if not expanded and path is None:
        text = open_spec(spec, wanted.limits).text or ""
        if sys.stdout.isatty():  # what a terminal would act on stands there as text
            text = "\n".join(map(inert_line, text.split("\n")))
        click.echo(text, nl=False)
        return
    from inceptionspec.expanded import part
    from inceptionspec.outputs.spec_text import part_text
    from inceptionspec.readable import readable_text

    network = wanted.load(spec)
    if path is None:
        click.echo(readable_text(network), nl=False)
        return
    found = part(network, path)
    if found is None:
        helps, notes = suggested(path, network.graph.names)
        raise SpecError(
            [
                Diagnostic(
                    "E0806",
                    f"`{network.name}` has no path `{path}`",
                    Label(Source(f"--path {path}").whole()),
                    helps=helps,
                    notes=notes,
                )
            ]
        )
    click.echo(part_text(found), nl=False)
