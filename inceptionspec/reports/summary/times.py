"""A Summary with the time of each layer, as rows and as plain data."""

from __future__ import annotations

from typing import Any

from inceptionspec.analysis.summary import Summary
from inceptionspec.bench.layer_times.network_times import NetworkTimes
from inceptionspec.reports.summary.rows import folded, layer_table
from inceptionspec.reports.table import Column, Table, digits

_COLUMNS = (Column("ms", True), Column("%", True))


def timed_table(report: Summary, times: NetworkTimes, depth: int | None = 1) -> Table:
    """The table of one network with milliseconds, and their share of the sum, in each row.

    They take the place of receptive fields and strides. Rows that are not run have neither.
    """
    table = layer_table(report, depth)
    rows = []
    for row, members in zip(table.rows, folded(report, depth).values(), strict=True):
        run = [times.layers[each.node.path] for each in members if each.node.path in times.layers]
        cells = (digits(1e3 * sum(run)), f"{100 * sum(run) / times.sum:.1f}") if run else ("", "")
        rows.append((*row[: -len(_COLUMNS)], *cells))
    columns = (*table.columns[: -len(_COLUMNS)], *_COLUMNS)
    return Table(table.title, columns, tuple(rows), (*foot(times), "", *table.foot))


def foot(times: NetworkTimes) -> tuple[str, ...]:
    """How it was measured, the sum of the layers, and how near that is to the network."""
    images = "1 image" if times.batch == 1 else f"{times.batch} images"
    clock = "1 thread, processor time" if times.threads == 1 else _threads(times.threads)
    lines = [
        f"time of {images}, forward pass (engine {times.engine}, {clock})",
        f"  layers one by one {_ms(times.sum)}, of {times.kinds} kinds",
    ]
    if times.measured is not None:
        share = times.measured / times.sum
        lines.append(f"  network measured {_ms(times.measured)}, {share:.2f} of the sum")
    if times.networks:
        count = times.networks
        others = f"{count} other network{'s' * (count > 1)} measured here"
        line = (
            f"  network predicted {_ms(times.seconds)}, {times.seconds / times.sum:.2f} of the sum"
        )
        lines += [line, f"    as of {others}{_spread(times)}"]
        if times.measured is not None:
            error = 100 * (times.seconds / times.measured - 1)
            lines[-1] += f"; {error:+.1f} % of the measured"
    return tuple(lines)


def time_data(times: NetworkTimes) -> dict[str, Any]:
    """The times as plain data, in seconds."""
    return {
        "engine": times.engine,
        "threads": times.threads,
        "clock": "processor" if times.threads == 1 else "wall",
        "batch": times.batch,
        "kinds": times.kinds,
        "layers": dict(times.layers),
        "sum": times.sum,
        "measured": times.measured,
        "predicted": times.seconds if times.networks else None,
        "spread": times.spread,
        "networks": times.networks,
    }


def _spread(times: NetworkTimes) -> str:
    return "" if times.spread is None else f", within {100 * times.spread:.1f} %"


def _threads(threads: int | None) -> str:
    return "all threads" if threads is None else f"{threads} threads"


def _ms(seconds: float) -> str:
    return f"{digits(1e3 * seconds)} ms"
