"""Several runs as a table: batches and numbers of threads in rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from inceptionspec.bench.measure.run import Run
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.bench.text import environment_rows, in_precision, lines
from inceptionspec.reports.summary.csv import cell
from inceptionspec.reports.table import digits

_COLUMNS = (
    "threads",
    "batch",
    "steps",
    "median s",
    "IQR s",
    "images/s",
    "GFLOP/s",
    "peak MiB",
    "first s",
)
CSV_COLUMNS = (
    "network", "mode", "engine", "head", "threads", "batch", "steps", "mean", "sd", "median",
    "iqr", "p90", "p99", "min", "max", "images_per_second", "gflops_per_second",
    "first_step_seconds", "trace_seconds", "peak_bytes", "precision", "largest_deviation",
    "mean_deviation", "agreement",
)  # fmt: skip


def table(runs: Sequence[Run]) -> str:
    """A row for each run, and where they ran."""
    first = runs[0]
    rows = [_COLUMNS, *(_row(run) for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    rendered = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
             for row in rows]  # fmt: skip
    engine = "" if first.engine is None else f", engine {first.engine}{in_precision(first)}"
    title = f"{first.spec.name}: {first.mode}{engine}"
    notes = [("noise", f"{_settings_text(run)}: {sign}") for run in runs for sign in run.noise]
    parts = [
        sanitize(title),
        "",
        rendered[0],
        "-" * len(rendered[0]),
        *rendered[1:],
        "",
        *lines(notes),
        *lines(first.cost.rows() if first.cost is not None else ()),
    ]
    return (
        "\n".join([*parts, *lines(environment_rows(first.environment, first.spec.commit))]) + "\n"
    )


def _settings_text(run: Run) -> str:
    threads = [] if run.threads is None else [f"threads {run.threads}"]
    return ", ".join([*threads, *([] if run.batch is None else [f"batch {run.batch}"])]) or "run"


def _row(run: Run) -> tuple[str, ...]:
    rate, gflops = run.images_per_second, run.gflops_per_second
    return (
        "any" if run.threads is None else str(run.threads),
        "" if run.batch is None else str(run.batch),
        str(run.steps),
        digits(run.seconds.median),
        digits(run.seconds.iqr),
        "" if rate is None else digits(rate),
        "" if gflops is None else digits(gflops),
        "" if run.peak_bytes is None else f"{run.peak_bytes / 2**20:,.0f}",
        digits(run.times.first_step),
    )


def csv_text(runs: Sequence[Run]) -> str:
    """A row for each run with plain numbers: seconds, bytes; empty cells where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for run in runs:
        seconds = run.seconds
        values = (
            cell(run.spec.name), run.mode, run.engine, run.head, run.threads, run.batch,
            run.steps, seconds.mean, seconds.sd, seconds.median, seconds.iqr, seconds.p90,
            seconds.p99, seconds.min, seconds.max, run.images_per_second,
            run.gflops_per_second, run.times.first_step, run.times.trace, run.peak_bytes,
            run.precision, *(
                (None, None, None) if run.cost is None
                else (run.cost.largest, run.cost.mean, run.cost.agreement)
            ),
        )  # fmt: skip
        writer.writerow(["" if value is None else value for value in values])
    return text.getvalue()
