"""The bash script, which click finds once this is imported."""

from __future__ import annotations

from click.shell_completion import BashComplete, add_completion_class


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
