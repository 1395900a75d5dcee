"""`specbuild check`."""

from __future__ import annotations

import sys
from typing import Any

import click

from inceptionspec.cli.findings import paint_for
from inceptionspec.cli.options import Settings, settings, spec_options, specs_argument
from inceptionspec.contracts import broken_contracts, exceeded_budgets, untested_contracts
from inceptionspec.diagnostics import (
    CODES,
    EXIT_CLEAN,
    EXIT_FINDINGS,
    Diagnostic,
    SpecError,
    in_file_order,
)
from inceptionspec.outputs.findings import FORMATS, count_line, full, to_json


@click.command("check")
@specs_argument
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="full",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
@spec_options
def command(specs: tuple[str, ...], strict: bool, form: str, **options: Any) -> int:
    """Say what is wrong with each SPEC, and where.

    Reads the spec and what it extends, writes out its blocks, follows the shapes, and
    tests its contracts and budgets. Prints every finding with the line it speaks of.
    """
    wanted = settings(**options)
    findings: list[Diagnostic] = []
    notes: list[str] = []
    clean: list[str] = []
    for reference in specs:
        found, its_notes, its_line = _check(reference, wanted)
        findings += found
        notes += its_notes
        clean += its_line
    ordered = in_file_order(findings)
    if form == "json":
        click.echo(to_json(ordered, notes), nl=False)
    else:
        click.echo(full(ordered, paint_for(sys.stdout), notes), nl=False)
        for line in clean:
            click.echo(line)
        if ordered:
            click.echo(count_line(ordered))
    return _exit_code(ordered, strict)


def _check(reference: str, wanted: Settings) -> tuple[list[Diagnostic], list[str], list[str]]:
    """Findings and notes of one spec, and the line that says that it is clean."""
    try:
        network = wanted.load(reference)
    except SpecError as error:
        return list(error.findings), [], []
    found = broken_contracts(network) + exceeded_budgets(network)
    note = untested_contracts(network)
    layers = len(network.graph.nodes)
    line = f"{network.source.name}: ok ({network.name}, {layers} layers)"
    return found, [note] if note else [], [] if found else [line]


def _exit_code(findings: tuple[Diagnostic, ...], strict: bool) -> int:
    code = max((CODES[finding.code].exit for finding in findings), default=EXIT_CLEAN)
    return EXIT_FINDINGS if strict and findings and code == EXIT_CLEAN else code
