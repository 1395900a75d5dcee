"""What tuning tried, and what won."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.bench.text import digits, lines, surroundings

if TYPE_CHECKING:
    from inceptionspec.bench.tune import Trial, Tuned

_HEAD = ("engine", "oneDNN", "median s", "times as fast", "95 % interval", "pairs")


def tuning_text(found: Tuned, kept: str) -> str:
    """A row for each candidate, the quickest first, and who won.

    Args:
        kept: what became of the choice, a sentence.
    """
    failed = [trial for trial in found.trials if trial.ratio is None]
    rows = [_HEAD, *map(_row, (*found.ranked, *failed))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    title = f"{found.spec.name}: {found.how}"
    drawn.insert(1, "-" * max(map(len, drawn)))
    won = found.winner
    assert won.ratio is not None
    cut = " (interrupted)" if found.interrupted else ""
    return (
        "\n".join(
            [
                sanitize(title),
                "",
                *drawn,
                *(f"{trial.candidate}: {sanitize(trial.failure)}" for trial in failed),
                "",
                f"{won.candidate} wins: {won.ratio.value:.3f} times as fast as "
                f"{found.trials[0].candidate}, after {found.seconds:.0f} s{cut}",
                sanitize(kept),
                *lines(("noise", sign) for sign in found.noise),
                "",
                *lines(surroundings(found.environment, found.spec.commit)),
            ]
        )
        + "\n"
    )


def _row(trial: Trial) -> tuple[str, ...]:
    onednn = "on" if trial.candidate.onednn else "off"
    if trial.ratio is None or trial.seconds is None:
        return (trial.candidate.engine, onednn, "-", "-", "-", str(trial.pairs))
    ratio = trial.ratio
    between = "the measure" if ratio.low == ratio.high else f"{ratio.low:.3f} to {ratio.high:.3f}"
    return (
        trial.candidate.engine,
        onednn,
        digits(trial.seconds),
        f"{ratio.value:.3f}",
        between,
        str(trial.pairs),
    )
