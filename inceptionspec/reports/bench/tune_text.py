"""What tuning tried, and which candidate won."""

from __future__ import annotations

from inceptionspec.bench.tune import Trial, Tuned
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.bench.text import environment_rows, lines
from inceptionspec.reports.table import digits

_HEAD = ("engine", "oneDNN", "median s", "times as fast", "95 % interval", "pairs")


def tuning_text(tuned: Tuned, kept: str) -> str:
    """A row for each candidate, the fastest first, and which one won.

    Args:
        tuned: the result.
        kept: where the choice was stored, a sentence.
    """
    failed = [trial for trial in tuned.trials if trial.ratio is None]
    rows = [_HEAD, *(_row(trial) for trial in (*tuned.ranked, *failed))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    table.insert(1, "-" * max(map(len, table)))
    won = tuned.winner
    assert won.ratio is not None
    cut = " (interrupted)" if tuned.interrupted else ""
    return (
        "\n".join(
            [
                sanitize(f"{tuned.spec.name}: {tuned.how}"),
                "",
                *table,
                *(f"{trial.candidate}: {sanitize(trial.failure)}" for trial in failed),
                "",
                f"{won.candidate} wins: {won.ratio.value:.3f} times as fast as "
                f"{tuned.trials[0].candidate}, after {tuned.seconds:.0f} s{cut}",
                sanitize(kept),
                *lines(("noise", sign) for sign in tuned.noise),
                "",
                *lines(environment_rows(tuned.environment, tuned.spec.commit)),
            ]
        )
        + "\n"
    )


def _row(trial: Trial) -> tuple[str, ...]:
    onednn = "on" if trial.candidate.onednn else "off"
    if trial.ratio is None or trial.seconds is None:
        return (trial.candidate.engine, onednn, "-", "-", "-", str(trial.pairs))
    ratio = trial.ratio
    interval = "baseline" if ratio.low == ratio.high else f"{ratio.low:.3f} to {ratio.high:.3f}"
    return (
        trial.candidate.engine,
        onednn,
        digits(trial.seconds),
        f"{ratio.value:.3f}",
        interval,
        str(trial.pairs),
    )
