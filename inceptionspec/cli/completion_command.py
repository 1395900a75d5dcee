"""`specbuild completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands and options in SHELL.

    For bash: `specbuild completion bash > ~/.specbuild.sh`, and source that file.
    """
    from inceptionspec.cli.main import specbuild

    kind = get_completion_class(shell)
    assert kind is not None  # the choice above holds click's own names
    click.echo(kind(specbuild, {}, "specbuild", "_SPECBUILD_COMPLETE").source())
