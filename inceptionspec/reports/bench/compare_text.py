"""A comparison of two sides as text, and a run against one of the past."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inceptionspec.reports.bench.text import (
    digits,
    facts,
    how,
    lines,
    memory,
    seed_line,
    surroundings,
)

if TYPE_CHECKING:
    from inceptionspec.bench.compare import Comparison
    from inceptionspec.bench.history import Verdict
    from inceptionspec.bench.run import Run

_METHOD = (
    "each side in a process of its own, taking turns in the order A B, B A; a turn is one "
    "step or 0.25 s of steps and counts with its median; ratio: the median over pairs, with "
    "a bootstrap interval"
)


def comparison_text(found: Comparison) -> str:
    """The verdict, both sides, and where they were run."""
    rows = [
        verdict_line(found),
        *lines(_about(found)),
        *_side("A", found.ours),
        *_side("B", found.theirs),
        "",
        *lines(surroundings(found.ours.environment, found.ours.spec.commit)),
    ]
    return "\n".join(rows) + "\n"


def verdict_line(found: Comparison) -> str:
    """Who is faster, by how much, and how sure that is."""
    ratio = found.ratio
    return (
        f"{found.ratio.verdict}: A takes 1/{ratio.value:.3f} of B's time, 95 % interval "
        f"{ratio.low:.3f} to {ratio.high:.3f}, {len(found.ratios)} pairs"
    )


def against_text(found: Verdict) -> str:
    """What a run is against one of the past, and what else differs."""
    ratio, percent = found.ratio, found.tolerance * 100
    word = "slower than it may be" if found.failed else ratio.verdict
    rows = [
        ("then", f"{found.past.run['started']}, line {found.past.line}"),
        ("ratio", f"then / now {ratio.value:.3f}, 95 % interval {ratio.low:.3f} to "
                  f"{ratio.high:.3f}, of medians of steps"),
        ("allowed", f"{percent:g} % slower; fails where the whole interval lies beyond"),
        *(("differs", difference) for difference in found.differences),
    ]  # fmt: skip
    return "\n".join([f"against the past: {word}", *lines(rows)]) + "\n"


def _about(found: Comparison) -> Iterator[tuple[str, str]]:
    if found.interrupted:
        yield "interrupted", "fewer pairs were measured than were asked for"
    if not found.narrow:
        yield "wide", "the interval is wider than 5 % either way: more pairs would help"
    yield "outputs", _agreement(found)
    yield "method", _METHOD


def _agreement(found: Comparison) -> str:
    agreement = found.agreement
    if agreement is None:
        return "different networks or a mode without outputs: not compared"
    if agreement.deviation is None:
        return "of another shape or not finite: other networks, in spite of equal weights"
    lie = f"{agreement.deviation:.1e} of the largest magnitude apart"
    if not agreement.same:
        return f"{lie}: other networks, in spite of equal weights"
    doubt = "" if agreement.telling else "; they hardly depend on the images"
    return f"the same weights, {lie}{doubt}"


def _side(name: str, run: Run) -> Iterator[str]:
    yield ""
    yield f"{name}  {run.side if run.side != 'spec' else run.spec.name}"
    seconds = run.seconds
    yield from lines(
        [
            ("seed's line", seed_line(run)),
            ("network", f"{run.spec.name} of {run.spec.path}"),
            ("run", how(run)),
            *facts(run),
            ("median", f"{digits(seconds.median)} sec, interquartile range "
                       f"{digits(seconds.iqr)}"),
            ("peak memory", memory(run.peak_bytes)),
            ("oneDNN", {True: "on", False: "off", None: "not used"}[
                run.environment["onednn"]["effective"]
            ]),
            *(("noise", sign) for sign in run.noise),
        ]
    )  # fmt: skip
