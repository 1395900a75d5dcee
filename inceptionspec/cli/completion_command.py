"""`specbuild completion`: the script for a shell."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, add_completion_class, get_completion_class

from inceptionspec.cli.command import Command
from inceptionspec.cli.parameters import Choice
from inceptionspec.cli.terminal import echo


class Bash(BashComplete):
    """Completion in bash that offers names and files together, which click's script does not."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' response completion kind value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
%(complete_var)s=bash_complete $1)
    for completion in $response; do
        kind=${completion%%%%,*} value=${completion#*,}
        if [[ $kind == file ]]; then
            compopt -o filenames 2> /dev/null
            COMPREPLY+=( $(compgen -f -- "$value") )
        elif [[ $kind == plain ]]; then
            COMPREPLY+=("$value")
            [[ $value == */ ]] && compopt -o nospace 2> /dev/null
        fi
    done
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2> /dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""

    @staticmethod
    def _check_version() -> None:
        """Nothing: click starts a bash to ask for its version, each time."""


add_completion_class(Bash, "bash")


@click.command(
    "completion",
    cls=Command,
    examples=(
        'eval "$(specbuild completion bash)"',
        "specbuild completion bash > ~/.specbuild.sh",
        "specbuild completion fish > ~/.config/fish/completions/specbuild.fish",
    ),
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
