"""`specbuild schema`."""

from __future__ import annotations

import click

from inceptionspec.frontend.language.json_schema import SCHEMA_FILE, schema_text


@click.command("schema")
@click.option("--path", is_flag=True, help="Print where the schema lies, for an editor's settings.")
def command(path: bool) -> None:
    """Print the JSON Schema of the language.

    An editor that speaks yaml-language-server completes and explains a spec whose first
    line is `# yaml-language-server: $schema=PATH`.
    """
    if path:
        click.echo(str(SCHEMA_FILE))
    else:
        click.echo(schema_text(), nl=False)
