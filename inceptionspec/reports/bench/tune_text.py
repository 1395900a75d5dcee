"""What tuning tried, and which candidate won."""

from __future__ import annotations

import textwrap

from inceptionspec.bench.tune import Trial, Tuned
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.bench.text import WIDTH, environment_rows, lines
from inceptionspec.reports.table import digits

_HEAD = ("engine", "oneDNN", "median s", "times as fast", "95 % interval", "rounds")


def tuning_text(tuned: Tuned, kept: str) -> str:
    """A row for each candidate, the fastest first, and which one won.

    Args:
        tuned: the result.
        kept: where the choice was stored, a sentence.
    """
    failed = [trial for trial in tuned.trials if trial.failure]
    rows = [_HEAD, *(_row(trial, tuned) for trial in (*tuned.ranked, *failed))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    table.insert(1, "-" * max(map(len, table)))
    won = tuned.winner
    assert won.ratio is not None
    cut = " (interrupted)" if tuned.interrupted else ""
    better = f"{won.ratio.value:.3f} times as fast as {tuned.baseline}"
    if won.candidate == tuned.baseline:
        better = "none was faster"
    return (
        "\n".join(
            [
                sanitize(f"{tuned.spec.name}: {tuned.how}"),
                "",
                *table,
                "",
                *(line for trial in failed for line in _failure(trial)),
                *([""] if failed else []),
                f"{won.candidate} wins: {better}, after {tuned.seconds:.0f} s{cut}",
                sanitize(kept),
                *lines(tuned.cost.rows() if tuned.cost is not None else ()),
                *lines(("noise", sign) for sign in tuned.noise),
                "",
                *lines(environment_rows(tuned.environment, tuned.spec.commit)),
            ]
        )
        + "\n"
    )


def _failure(trial: Trial) -> list[str]:
    return textwrap.wrap(
        sanitize(f"{trial.candidate}: {trial.failure}"), WIDTH, subsequent_indent="  "
    )


def _row(trial: Trial, tuned: Tuned) -> tuple[str, ...]:
    onednn = {True: "on", False: "off", None: "-"}[trial.onednn]
    figures = ("-", "-", "-")
    if trial.seconds is not None and trial.ratio is not None:
        ratio = trial.ratio
        interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
        shown = "baseline" if trial.candidate == tuned.baseline else interval
        figures = (digits(trial.seconds), f"{ratio.value:.3f}", shown)
    return (trial.candidate.engine, onednn, *figures, str(trial.rounds))
