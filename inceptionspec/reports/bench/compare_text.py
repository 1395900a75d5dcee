"""A comparison of two sides as text, and a run compared with one of the past."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.bench.compare import Comparison
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.records.history import Verdict
from inceptionspec.reports.bench.text import (
    benchmark_line,
    environment_rows,
    how,
    lines,
    memory,
)
from inceptionspec.reports.table import digits

_METHOD = (
    "each side in a process of its own, taking turns in the order A B, B A; a turn is one "
    "step or 0.25 s of steps, and its figure is their median; ratio: the median over pairs, "
    "with a bootstrap interval"
)


def comparison_text(comparison: Comparison) -> str:
    """The verdict, both sides, and where they ran."""
    ours = comparison.ours
    rows = [
        verdict_line(comparison),
        *lines(_about(comparison)),
        *_side("A", ours),
        *_side("B", comparison.theirs),
        "",
        *lines(environment_rows(ours.environment, ours.spec.commit)),
    ]
    return "\n".join(rows) + "\n"


def verdict_line(comparison: Comparison) -> str:
    """Which side is faster, by how much, and how sure that is."""
    ratio = comparison.ratio
    return (
        f"{ratio.verdict}: A takes 1/{ratio.value:.3f} of B's time, 95 % interval "
        f"{ratio.low:.3f} to {ratio.high:.3f}, {len(comparison.ratios)} pairs"
    )


def verdict_text(verdict: Verdict) -> str:
    """A run compared with one of the past, and what else differs between them."""
    ratio, percent = verdict.ratio, verdict.tolerance * 100
    word = "slower than allowed" if verdict.failed else ratio.verdict
    rows = [
        ("then", f"{verdict.past.run['started']}, line {verdict.past.line}"),
        ("ratio", f"then / now {ratio.value:.3f}, 95 % interval {ratio.low:.3f} to "
                  f"{ratio.high:.3f}, of medians of steps"),
        ("allowed", f"{percent:g} % slower; it fails if the whole interval lies beyond that"),
        *(("differs", difference) for difference in verdict.differences),
    ]  # fmt: skip
    return "\n".join([f"against the past: {word}", *lines(rows)]) + "\n"


def _about(comparison: Comparison) -> Iterator[tuple[str, str]]:
    if comparison.interrupted:
        yield "interrupted", "fewer pairs were measured than were asked for"
    if not comparison.narrow:
        yield "wide", "the interval is wider than 5 % on a side: more pairs would help"
    yield "outputs", _agreement(comparison)
    yield "method", _METHOD


def _agreement(comparison: Comparison) -> str:
    agreement = comparison.agreement
    if agreement is None:
        return "not compared: different networks, or a mode without outputs"
    if agreement.deviation is None:
        return "different shapes, or not finite: the networks differ in spite of equal weights"
    differ = f"they differ by {agreement.deviation:.1e} of the largest magnitude"
    lowered = [run for run in (comparison.ours, comparison.theirs) if run.cost is not None]
    if lowered and not agreement.same:
        return f"the same weights; {differ} in {lowered[0].precision}"
    if not agreement.same:
        return f"{differ}: the networks differ in spite of equal weights"
    doubt = "" if agreement.telling else "; they hardly depend on the images"
    return f"the same weights; {differ}{doubt}"


def _side(name: str, run: Run) -> Iterator[str]:
    yield ""
    yield f"{name}  {run.side if run.side != 'spec' else run.spec.name}"
    seconds = run.seconds
    onednn = {True: "on", False: "off", None: "not used"}
    yield from lines(
        [
            ("TF-Slim's line", benchmark_line(run)),
            ("network", f"{run.spec.name} of {run.spec.path}"),
            ("run", how(run)),
            *run.facts.items(),
            *(run.cost.rows() if run.cost is not None else ()),
            ("median", f"{digits(seconds.median)} sec, interquartile range "
                       f"{digits(seconds.iqr)}"),
            ("peak memory", memory(run.peak_bytes)),
            ("numbers", run.environment["dtype"]),
            ("oneDNN", onednn[run.environment["onednn"]["effective"]]),
            *(("noise", sign) for sign in run.noise),
        ]
    )  # fmt: skip
