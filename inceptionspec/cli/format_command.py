"""`specbuild format`."""

from __future__ import annotations

import difflib
import os
import shlex

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import Label, SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, sanitize_line, short_path
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.reading.spec_files import STDIN, builtin_names, open_spec
from inceptionspec.utils.atomic_write import write_file


@click.command(
    "format",
    cls=Command,
    examples=(
        "specbuild format mine.yaml",
        "specbuild format --check specs/*.yaml",
        "specbuild format - < mine.yaml",
    ),
    exits={EXIT_FINDINGS: "a file is not YAML, or under --check a file would change"},
)
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", shell_complete=completers.files
)
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write each FILE in the canonical layout, comments and all.

    Puts keys in the order of the language, a layer in one line if it fits, and quotes only
    where a text needs them. Every value and comment stays. A file keeps its mode and owner.
    Prints the names of the files that changed. Reads `-` from standard input, and writes it
    to standard output.
    """
    if files.count(STDIN) > 1:
        raise usage_error("standard input holds one spec", "name it once")
    changed = 0
    errors: list[SpecError] = []
    for file in files:
        try:
            changed += _format(file, check=check, diff=diff)
        except SpecError as error:
            errors.append(error)
    if not changed and not errors and STDIN not in files:
        echo("nothing to format")
    if errors:
        show_findings([finding for error in errors for finding in error.findings])
    codes = [error.exit_code for error in errors]
    return max([EXIT_FINDINGS if check and changed else EXIT_CLEAN, *codes])


def _format(file: str, *, check: bool, diff: bool) -> bool:
    """Format one file, or say what would change; whether it was not in the layout yet."""
    if file in builtin_names():
        message = f"`{file}` names a built-in spec, which stays as it is"
        help_ = f"name a file with its suffix, as `{file}.yaml`"
        raise spec_error("E0803", message, _place(file), help_)
    source = open_spec(file)
    old, new = source.text or "", formatted(source)
    if diff:
        echo(_difference(source.name, old, new), nl=False)
    if check and old != new:
        echo(f"would format {sanitize(source.name)}")
    if check or diff:
        return old != new
    if file == STDIN:
        echo(new, nl=False)
    elif old != new:
        _write(file, new)
        echo(f"formatted {sanitize(source.name)}")
    return old != new


def _write(file: str, text: str) -> None:
    """Put a text in the place of a file, which keeps its mode, its owner and all its names."""
    if os.stat(file).st_nlink > 1:
        message = (
            f"`{short_path(file)}` has other names (hard links), which would keep the old text"
        )
        help_ = f"`specbuild format - < {shlex.quote(file)}` prints the new text"
        raise spec_error("E0803", message, _place(file), help_)
    write_file(file, text.encode(), _place(file).span)


def _difference(name: str, old: str, new: str) -> str:
    shown = sanitize(name)
    lines = difflib.unified_diff(_shown(old), _shown(new), shown, shown, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _shown(text: str) -> list[str]:
    """The lines of a text as a difference shows them."""
    *lines, rest = [sanitize_line(line) for line in text.split("\n")]
    return [*lines, f"{rest}\n\\ No newline at end of file"] if rest else lines


def _place(file: str) -> Label:
    return Label(external(file))
