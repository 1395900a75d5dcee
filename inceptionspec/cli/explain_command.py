"""`specbuild explain`."""

from __future__ import annotations

import shutil
import sys

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo, paint_for
from inceptionspec.diagnostics.codes import CODES, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import did_you_mean

_WIDEST = 80


@click.command(
    "explain",
    cls=Command,
    examples=("specbuild explain E0402", "specbuild explain E04", "specbuild explain"),
    exits={EXIT_FINDINGS: None},
)
@click.argument("code", required=False, shell_complete=completers.codes)
@format_option("text", "json")
def command(code: str | None, form: str) -> None:
    """Tell what a finding with CODE means, with an example that fails and one that passes.

    Prints the page of a code such as E0402, or lists the codes of a family such as E04.
    Without CODE, lists all codes.
    """
    from inceptionspec.explain import FAMILIES, text

    of = "" if code is None else code.upper()
    if code is None or of in FAMILIES:
        echo(text.list_json(of) if form == "json" else text.list_text(of), nl=False)
        return
    known = _known(code)
    from inceptionspec.cli.examples import findings_of
    from inceptionspec.explain import page

    shown = page(known)
    findings = findings_of(shown.bad)
    if form == "json":
        echo(text.page_json(shown, findings), nl=False)
        return
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    echo(text.page_text(shown, findings, width, paint_for(sys.stdout)), nl=False)


def _known(code: str) -> str:
    """The code that is meant, in capitals."""
    if code.upper() in CODES:
        return code.upper()
    helps = (*did_you_mean(code.upper(), CODES), "`specbuild explain` lists all codes")
    place = external(f"explain {code}")
    raise spec_error("E0806", f"there is no code `{code}`", place, *helps)
