"""Findings on standard error, colored where it is a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.reports.findings.full import full
from inceptionspec.utils.ansi import Paint, colored, plain


def paint_for(stream: object) -> Paint:
    """Color for a terminal, unless `NO_COLOR` is set."""
    is_terminal = getattr(stream, "isatty", lambda: False)()
    return colored if is_terminal and not os.environ.get("NO_COLOR") else plain


def show(findings: Sequence[Diagnostic]) -> None:
    """Print findings for a person on standard error."""
    click.echo(full(findings, paint=paint_for(sys.stderr)), err=True, nl=False, color=True)
