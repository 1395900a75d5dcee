"""`specbuild schema`."""

from __future__ import annotations

import click

from inceptionspec.cli.command import Command
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.frontend.language.json_schema import SCHEMA_FILE, schema_text


@click.command(
    "schema",
    cls=Command,
    examples=("specbuild schema > spec.schema.json", "specbuild schema --path"),
    exits={EXIT_FINDINGS: None},
)
@click.option("--path", is_flag=True, help="Print the path of the schema file.")
def command(path: bool) -> None:
    """Print the JSON Schema of the language.

    An editor with yaml-language-server completes and explains a spec whose first line is
    `# yaml-language-server: $schema=PATH`.
    """
    if path:
        echo(str(SCHEMA_FILE))
    else:
        echo(schema_text(), nl=False)
