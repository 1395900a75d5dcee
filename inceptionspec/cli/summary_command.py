"""`specbuild summary`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from inceptionspec.cli.options import levels, settings, spec_options, specs_argument
from inceptionspec.outputs.rows import Table, layer_table, network_table
from inceptionspec.report import Report

_DEPTH = "Elements of a path to tell apart; 1 folds to blocks, `all` shows every layer."


@click.command("summary")
@specs_argument
@click.option("--depth", default="1", show_default=True, metavar="N|all", help=_DEPTH)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "markdown"]),
    default="table",
    show_default=True,
)
@spec_options
def command(specs: tuple[str, ...], depth: str, form: str, **options: Any) -> None:
    """Show shapes, parameters, MACs, FLOPs, memory and receptive fields of each SPEC.

    One spec gives a table of its blocks, several a row each. JSON and CSV hold every
    layer. Works without TensorFlow.
    """
    wanted = settings(**options)
    depths = levels(depth)
    reports = [wanted.load(reference).summary() for reference in specs]
    _FORMATS[form](reports, depths)


def _table(reports: Sequence[Report], levels: int | None) -> Table:
    return layer_table(reports[0], levels) if len(reports) == 1 else network_table(reports)


def _as_table(reports: Sequence[Report], levels: int | None) -> None:
    from inceptionspec.outputs import summary_table

    table = _table(reports, levels)
    if sys.stdout.isatty():
        summary_table.print_rich(table)
    else:
        click.echo(summary_table.plain(table), nl=False)


def _as_json(reports: Sequence[Report], levels: int | None) -> None:
    from inceptionspec.outputs.summary_json import to_json

    click.echo(to_json(reports), nl=False)


def _as_csv(reports: Sequence[Report], levels: int | None) -> None:
    from inceptionspec.outputs.summary_csv import to_csv

    click.echo(to_csv(reports), nl=False)


def _as_markdown(reports: Sequence[Report], levels: int | None) -> None:
    from inceptionspec.outputs.markdown import to_markdown

    click.echo(to_markdown(_table(reports, levels)), nl=False)


_FORMATS: Mapping[str, Callable[[Sequence[Report], int | None], None]] = {
    "table": _as_table,
    "json": _as_json,
    "csv": _as_csv,
    "markdown": _as_markdown,
}
