"""`specbuild completion`: the script for a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from inceptionspec.cli import bash_completion  # noqa: F401 - registers the script
from inceptionspec.cli.command import Command
from inceptionspec.cli.parameters import Choice
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS


@click.command(
    "completion",
    cls=Command,
    examples=(
        'eval "$(specbuild completion bash)"',
        "specbuild completion bash > ~/.specbuild.sh",
        "specbuild completion fish > ~/.config/fish/completions/specbuild.fish",
    ),
    exits={EXIT_FINDINGS: None},
)
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands, options and values in SHELL.

    It completes built-in specs and files, paths and heads of the SPEC that stands before
    them, and codes of findings. For bash, source the script from ~/.bashrc.
    """
    from inceptionspec.cli.program import COMPLETION, specbuild

    kind = get_completion_class(shell)
    assert kind is not None  # the choice above holds click's own names
    echo(kind(specbuild, {}, "specbuild", COMPLETION).source())
