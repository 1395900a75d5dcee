"""`specbuild check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.checks.notes import notes as notes_on
from inceptionspec.checks.warnings import advice
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import (
    SpecOptions,
    read_options,
    spec_options,
    specs_argument,
)
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo, paint_for
from inceptionspec.diagnostics.codes import CODES, EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, in_file_order
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source
from inceptionspec.reports.findings.formats import DATA, FORMATS, TEXTS
from inceptionspec.reports.findings.wording import count_line


@click.command(
    "check",
    cls=Command,
    examples=(
        "specbuild check mine.yaml",
        "specbuild check specs/*.yaml --strict --format github",
        "specbuild check inception_v3 --input 224x224 --width 0.5",
    ),
    exits={EXIT_CLEAN: "no errors", EXIT_FINDINGS: "errors; warnings too under --strict"},
)
@specs_argument
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@format_option(*FORMATS)
@spec_options
def command(specs: tuple[str, ...], strict: bool, form: str, **options: Any) -> int:
    """Say what is wrong with each SPEC, and where.

    Reads each spec with its bases, expands its blocks, infers all shapes, and tests
    contracts and budgets. Prints each finding with the line it is about and what to do;
    `concise` is a line each, `json` is for programs, `github` makes annotations.
    """
    wanted = read_options(**options)
    findings: list[Diagnostic] = []
    notes: list[str] = []
    clean: list[str] = []
    complete = True
    for reference in specs:
        its = checked(reference, wanted)
        findings += its.findings
        notes += its.notes
        clean += its.clean
        complete = complete and its.complete
    ordered = in_file_order(findings)
    if form in DATA:
        echo(DATA[form](ordered, notes, complete), nl=False)
    else:
        echo(TEXTS[form](ordered, notes, paint_for(sys.stdout)), nl=False)
        for line in clean:
            echo(line)
        if ordered:
            echo(count_line(ordered))
            if sys.stdout.isatty():
                echo(f"`specbuild explain {ordered[0].code}` tells more")
    return _exit_code(ordered, strict)


class Checked(NamedTuple):
    """What is said of one spec: findings, notes, a line where it is clean.

    It is ``complete`` where nothing was left unread because so much was wrong before.
    """

    findings: Sequence[Diagnostic]
    notes: Sequence[str] = ()
    clean: Sequence[str] = ()
    complete: bool = True


def checked(spec: str | Source, wanted: SpecOptions) -> Checked:
    """Check one spec, which is named or was read."""
    try:
        loaded = wanted.load(spec)
    except SpecError as error:
        return Checked(error.findings, _stopped(error.complete, wanted), complete=error.complete)
    broken = broken_contracts(loaded)
    found = [*broken, *exceeded_budgets(loaded), *advice(loaded)]
    layers = len(loaded.graph.nodes)
    line = sanitize(f"{loaded.source.name}: ok ({loaded.name}, {layers} layers)")
    notes = notes_on(loaded) or _stopped(not broken.full, wanted)
    return Checked(found, notes, [] if found else [line], not broken.full)


def _stopped(complete: bool, wanted: SpecOptions) -> list[str]:
    """The note that a stage did not go to its end, and how it would; none where it did."""
    if complete:
        return []
    most = wanted.limits.findings
    return [
        f"so much is wrong that the check stopped at {most:,} findings: there may be more; "
        f"`--limit findings={10 * most}` goes on"
    ]


def _exit_code(findings: tuple[Diagnostic, ...], strict: bool) -> int:
    code = max((CODES[finding.code].exit for finding in findings), default=EXIT_CLEAN)
    return EXIT_FINDINGS if strict and findings and code == EXIT_CLEAN else code
