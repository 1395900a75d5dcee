"""`specbuild show`."""

from __future__ import annotations

import sys
from typing import Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize_line
from inceptionspec.diagnostics.suggest import suggested
from inceptionspec.frontend.reading.spec_files import open_any


@click.command(
    "show",
    cls=Command,
    examples=(
        "specbuild show inception_v3",
        "specbuild show mine.yaml --expanded > whole.yaml",
        "specbuild show inception_v3 --path Mixed_6b/Branch_1",
    ),
)
@spec_argument
@click.option(
    "--expanded",
    is_flag=True,
    help="Write out every default, block, repeat and base.",
)
@click.option(
    "--path",
    metavar="PATH",
    shell_complete=completers.paths,
    help="Print only this layer, block, branch or head, expanded.",
)
@spec_options
def command(spec: str, expanded: bool, path: str | None, **options: Any) -> None:
    """Print the text of SPEC, as written or expanded; of a recipe, as written.

    The expanded text is a spec of the same network (the same network digest) that needs
    no other file.
    """
    wanted = read_options(**options)
    if not expanded and path is None:
        text = open_any(spec, wanted.limits).text or ""
        if sys.stdout.isatty():  # what a terminal would act on stands there as text
            text = "\n".join(map(sanitize_line, text.split("\n")))
        echo(text, nl=False)
        return
    from inceptionspec.frontend.writing.expanded_spec import expanded_part
    from inceptionspec.frontend.writing.expanded_text import expanded_text
    from inceptionspec.frontend.writing.yaml_writer import part_text

    loaded = wanted.load(spec)
    if path is None:
        echo(expanded_text(loaded.expanded(), loaded.tree, loaded.limits), nl=False)
        return
    found = expanded_part(loaded.flat, loaded.graph, path)
    if found is None:
        helps, notes = suggested(path, loaded.graph.names)
        raise spec_error(
            "E0806", f"`{loaded.name}` has no path `{path}`", f"--path {path}", *helps, notes=notes
        )
    echo(part_text(found), nl=False)
