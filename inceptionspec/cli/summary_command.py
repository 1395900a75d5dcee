"""`specbuild summary`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
from inceptionspec.cli.parameters import Whole, format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.summary.rows import layer_table, network_table
from inceptionspec.reports.table import Table

if TYPE_CHECKING:  # only with `--time`, which starts processes
    from inceptionspec.bench.layer_times import NetworkTimes, TimeRequest

_DEPTH = "Levels of paths to show: 1 shows blocks, `all` every layer."
_PLOT = (
    "Also plot MACs and parameters by block, and memory along the network, as svg, png or pdf. "
    "Needs `pip install 'inceptionspec[plot]'`."
)

_TIME = "Also show the time of each layer on this machine. Needs TensorFlow."


@click.command(
    "summary",
    cls=Command,
    examples=(
        "specbuild summary inception_v3 --depth 2",
        "specbuild summary inception_v1 inception_v3 --format markdown",
        "specbuild summary inception_v3 --plot costs.svg",
        "specbuild summary inception_v3 --time",
    ),
)
@specs_argument
@click.option("--depth", default="1", show_default=True, metavar="N|all", help=_DEPTH)
@format_option("table", "json", "csv", "markdown")
@click.option("--plot", "picture", metavar="FILE", help=_PLOT)
@click.option("--time", "timed", is_flag=True, help=_TIME)
@click.option(
    "--engine", metavar="NAME", help="What --time runs: graph or optimized.  [default: optimized]"
)
@click.option(
    "--threads",
    type=Whole(0),
    metavar="N",
    help="Threads of --time; 0 for all.  [default: 1, whose processor time counts]",
)
@spec_options
def command(
    specs: tuple[str, ...],
    depth: str,
    form: str,
    picture: str | None,
    timed: bool,
    engine: str | None,
    threads: int | None,
    **options: Any,
) -> None:
    """Show shapes, parameters, MACs, FLOPs, memory and receptive fields of each SPEC.

    Prints a table of blocks for one spec, and a row each for several. JSON and CSV hold
    every layer. Works without TensorFlow, but for --time: it measures each kind of layer once
    on this machine, keeps that for other networks, and compares the sum with the network.
    """
    wanted = read_options(**options)
    depths = levels(depth)
    if picture is not None:
        _refuse_picture(specs, picture)
    request = _time_request(specs, form, timed, engine, threads)
    loaded = [wanted.load(reference) for reference in specs]
    reports = [summarize(one) for one in loaded]
    if picture is not None:
        refuse_spec_files(picture, "--plot", *loaded)
        _plot(reports[0], picture)
    if request is None:
        _FORMATS[form](reports, depths)
    else:
        _TIMED[form](reports[0], _times(loaded[0], request), depths)


def _time_request(
    specs: Sequence[str], form: str, timed: bool, engine: str | None, threads: int | None
) -> TimeRequest | None:
    """What `--time` asks for; None without it."""
    if not timed:
        given = "--engine" if engine is not None else "--threads" if threads is not None else ""
        if given:
            raise usage_error(f"`{given}` is an option of `--time`", "add `--time`")
        return None
    if len(specs) > 1:
        message = f"`--time` is of one SPEC, and {len(specs)} are given"
        raise usage_error(message, "run the command once for each")
    if form not in _TIMED:
        message = f"`--time` has no format `{form}`"
        raise usage_error(message, f"choose {listed(tuple(_TIMED), 'or')}")
    from inceptionspec.bench.layer_times import DEFAULT_ENGINE, TimeRequest

    chosen = DEFAULT_ENGINE if engine is None else engine
    request = TimeRequest(chosen, threads=1 if threads is None else threads or None)
    request.check()
    return request


def _times(loaded: LoadedSpec, request: TimeRequest) -> NetworkTimes:
    """The times of the network's layers; what is not known yet is measured."""
    from inceptionspec.bench.layer_times import LayerTimes, times_of
    from inceptionspec.cli.progress import progress_bar

    times = LayerTimes(request)
    if times.note:
        echo(f"note: {sanitize(times.note)}", err=True)
    with progress_bar() as progress:
        return times_of(loaded, times, progress)


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


def _timed_table(report: Summary, times: NetworkTimes, levels: int | None) -> None:
    from inceptionspec.reports.summary.times import timed_table
    from inceptionspec.reports.table import plain, print_rich

    table = timed_table(report, times, levels)
    if sys.stdout.isatty():
        print_rich(table)
    else:
        echo(plain(table), nl=False)


def _timed_json(report: Summary, times: NetworkTimes, levels: int | None) -> None:
    from inceptionspec.reports.summary.json import to_json
    from inceptionspec.reports.summary.times import time_data

    echo(to_json([report], time_data(times)), nl=False)


def _timed_markdown(report: Summary, times: NetworkTimes, levels: int | None) -> None:
    from inceptionspec.reports.markdown import to_markdown
    from inceptionspec.reports.summary.times import timed_table

    echo(to_markdown(timed_table(report, times, levels)), nl=False)


_TIMED: Mapping[str, Callable[[Summary, NetworkTimes, int | None], None]] = {
    "table": _timed_table,
    "json": _timed_json,
    "markdown": _timed_markdown,
}
_FORMATS: Mapping[str, Callable[[Sequence[Summary], int | None], None]] = {
    "table": _as_table,
    "json": _as_json,
    "csv": _as_csv,
    "markdown": _as_markdown,
}
