"""`specbuild summary`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from inceptionspec.analysis.summary import Summary, summarize
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import (
    levels,
    read_options,
    refuse_spec_files,
    spec_options,
    specs_argument,
)
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.summary.rows import layer_table, network_table
from inceptionspec.reports.table import Table

_DEPTH = "Levels of paths to show: 1 shows blocks, `all` every layer."
_PLOT = (
    "Also plot MACs and parameters by block, and memory along the network, as svg, png or pdf. "
    "Needs `pip install 'inceptionspec[plot]'`."
)


@click.command(
    "summary",
    cls=Command,
    examples=(
        "specbuild summary inception_v3 --depth 2",
        "specbuild summary inception_v1 inception_v3 --format markdown",
        "specbuild summary inception_v3 --plot costs.svg",
    ),
)
@specs_argument
@click.option("--depth", default="1", show_default=True, metavar="N|all", help=_DEPTH)
@format_option("table", "json", "csv", "markdown")
@click.option("--plot", "picture", metavar="FILE", help=_PLOT)
@spec_options
def command(
    specs: tuple[str, ...], depth: str, form: str, picture: str | None, **options: Any
) -> None:
    """Show shapes, parameters, MACs, FLOPs, memory and receptive fields of each SPEC.

    Prints a table of blocks for one spec, and a row each for several. JSON and CSV hold
    every layer. Works without TensorFlow.
    """
    wanted = read_options(**options)
    depths = levels(depth)
    if picture is not None:
        _refuse_picture(specs, picture)
    loaded = [wanted.load(reference) for reference in specs]
    reports = [summarize(one) for one in loaded]
    if picture is not None:
        refuse_spec_files(picture, "--plot", *loaded)
        _plot(reports[0], picture)
    _FORMATS[form](reports, depths)


def _refuse_picture(specs: Sequence[str], file: str) -> None:
    """Say before any spec is read that a picture cannot be drawn, or not there."""
    from inceptionspec.drawing.plot import refuse_plot

    if len(specs) > 1:
        message = f"`--plot` draws one SPEC, and {len(specs)} are given"
        raise usage_error(message, "run the command once for each")
    refuse_plot(file)


def _plot(report: Summary, file: str) -> None:
    from inceptionspec.drawing.plot import plot_file

    plot_file(report, file)
    echo(f"wrote {sanitize(file)}", err=True)


def _table(reports: Sequence[Summary], levels: int | None) -> Table:
    return layer_table(reports[0], levels) if len(reports) == 1 else network_table(reports)


def _as_table(reports: Sequence[Summary], levels: int | None) -> None:
    from inceptionspec.reports.table import plain, print_rich

    table = _table(reports, levels)
    if sys.stdout.isatty():
        print_rich(table)
    else:
        echo(plain(table), nl=False)


def _as_json(reports: Sequence[Summary], levels: int | None) -> None:
    from inceptionspec.reports.summary.json import to_json

    echo(to_json(reports), nl=False)


def _as_csv(reports: Sequence[Summary], levels: int | None) -> None:
    from inceptionspec.reports.summary.csv import to_csv

    echo(to_csv(reports), nl=False)


def _as_markdown(reports: Sequence[Summary], levels: int | None) -> None:
    from inceptionspec.reports.markdown import to_markdown

    echo(to_markdown(_table(reports, levels)), nl=False)


_FORMATS: Mapping[str, Callable[[Sequence[Summary], int | None], None]] = {
    "table": _as_table,
    "json": _as_json,
    "csv": _as_csv,
    "markdown": _as_markdown,
}
