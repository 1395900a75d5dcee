"""`specbuild schema`."""

from __future__ import annotations

from types import ModuleType

import click

from inceptionspec.cli.command import Command
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.frontend.language import json_schema, recipe_schema


@click.command(
    "schema",
    cls=Command,
    examples=(
        "specbuild schema > spec.schema.json",
        "specbuild schema --path",
        "specbuild schema --recipe",
        "specbuild schema --sweep",
    ),
    exits={EXIT_FINDINGS: None},
)
@click.option("--path", is_flag=True, help="Print the path of the schema file.")
@click.option("--recipe", is_flag=True, help="That of training recipes, not of specs.")
@click.option("--sweep", is_flag=True, help="That of sweep files, not of specs.")
def command(path: bool, recipe: bool, sweep: bool) -> None:
    """Print the JSON Schema of the language.

    An editor with yaml-language-server completes and explains a spec whose first line is
    `# yaml-language-server: $schema=PATH`.
    """
    if recipe and sweep:
        message = "`--recipe` and `--sweep` are two languages"
        raise spec_error("E0810", message, "specbuild schema", "keep one of the two")
    schema: ModuleType = recipe_schema if recipe else json_schema
    if sweep:
        from inceptionspec.sweep import sweep_schema as schema
    if path:
        echo(str(schema.SCHEMA_FILE))
    else:
        echo(schema.schema_text(), nl=False)
