"""`specbuild format`."""

from __future__ import annotations

import difflib
import os
import shutil

import click

from inceptionspec.cli.findings import show
from inceptionspec.cli.options import files_argument
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import Label, SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, sanitize_line
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.reading.spec_files import STDIN, builtin_names, open_spec
from inceptionspec.utils.atomic_write import atomic_write


@click.command("format")
@files_argument
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write each FILE in the canonical layout, comments and all.

    Keys stand in the order of the language, a layer in one line where it fits, and quotes
    only where a text needs them. What the file says stays the same, to the last value and
    comment. A FILE of `-` is standard input, and is written to standard output.
    """
    if files.count(STDIN) > 1:
        raise click.UsageError("standard input holds one spec; name it once")
    changed = 0
    errors: list[SpecError] = []
    for file in files:
        try:
            changed += _format(file, check=check, diff=diff)
        except SpecError as error:
            errors.append(error)
    if not changed and not errors and STDIN not in files:
        click.echo("nothing to format")
    if errors:
        show([finding for error in errors for finding in error.findings])
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
        click.echo(_difference(source.name, old, new), nl=False)
    if check and old != new:
        click.echo(f"would format {sanitize(source.name)}")
    if check or diff:
        return old != new
    if file == STDIN:
        click.echo(new, nl=False)
    elif old != new:
        _write(file, new)
        click.echo(f"formatted {sanitize(source.name)}")
    return old != new


def _write(file: str, text: str) -> None:
    """Put a text in the place of a file, which keeps its mode and the links to it."""
    target = os.path.realpath(file)
    with atomic_write(target, _place(file).span) as unfinished:
        unfinished.write_bytes(text.encode())
        shutil.copymode(target, unfinished)


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
