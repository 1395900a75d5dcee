"""`specbuild list`."""

from __future__ import annotations

import json
import re
import shutil
import textwrap

import click

from inceptionspec.cli.command import Command
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.reading.spec_files import RECIPES, SPECS, builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read


@click.command(
    "list",
    cls=Command,
    examples=("specbuild list", "specbuild list --recipes", "specbuild list --format json"),
    exits={EXIT_FINDINGS: None},
)
@click.option("--recipes", is_flag=True, help="List the built-in training recipes instead.")
@format_option("text", "json")
def command(recipes: bool, form: str) -> None:
    """List the built-in specs.

    Prints the name of each, which every command takes as a SPEC, and what it is.
    """
    catalog = RECIPES if recipes else SPECS
    specs = []
    for name in builtin_names(catalog):
        document = read(open_spec(name, catalog=catalog))
        first = re.split(r"[.:,;](?: |$)", str(document.get("doc", "")), maxsplit=1)[0]
        specs.append(
            {
                "name": name,
                "recipe" if recipes else "network": document["name"],
                "doc": first,
                "extends": document.get("extends"),
            }
        )
    if form == "json":
        schema = "inceptionspec.recipes/1" if recipes else "inceptionspec.list/1"
        listing = {"schema": schema, f"{catalog.noun}s": specs}
        echo(json.dumps(listing, indent=2, sort_keys=True))
        return
    margin = 2 + max(len(spec["name"]) for spec in specs)
    width = min(shutil.get_terminal_size().columns, 100)
    for spec in specs:
        echo(
            textwrap.fill(
                sanitize(spec["doc"]),
                width,
                initial_indent=spec["name"].ljust(margin),
                subsequent_indent=" " * margin,
            )
        )
