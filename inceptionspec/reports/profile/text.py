"""A profile as text: tables of 80 columns, and below them how to read them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from inceptionspec.bench.machine.peaks import Rate
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.bench.text import CONVENTION, environment_rows, lines
from inceptionspec.reports.profile.rows import (
    COLUMNS,
    inefficient_table,
    milliseconds,
    part_table,
    percent,
    slowest_table,
)
from inceptionspec.reports.table import Table, digits, plain

WIDTH = 80
_TOGETHER = "\u00a0"
MUCH = 0.1
"""Above this share of a step, operations that run at once blur the times of layers."""
ONE_BY_ONE = (
    "with TF_NUM_INTEROP_THREADS=1 in the environment they run one by one, and each layer has "
    "its own time"
)
BEYOND = (
    "the network was faster than the peak: something else used the machine while the peak was "
    "measured, so predictions are too long"
)
MERGED = "layers that the engine merged share the time of the merged layer by their MACs"


def text(profile: Profile, conventions: Mapping[str, str], depth: int | None = 1) -> str:
    """The whole profile as plain text.

    Args:
        profile: what is shown.
        conventions: as ``foot`` takes them.
        depth: as ``part_table`` takes it.
    """
    shown = "".join(plain(table) for table in tables(profile, depth))
    head, end = "\n".join(title(profile)), "\n".join(foot(profile, conventions))
    return f"{head}\n\n{shown}{end}\n"


def title(profile: Profile) -> Sequence[str]:
    """Which network was run, and how."""
    head = profile.head
    heads = "all layers" if head is None else "all heads" if head == "all" else f"head {head}"
    what = f"{profile.spec.name}  {profile.mode}, {heads}, batch {profile.batch}"
    whole = f"{what}, engine {profile.engine}  ({profile.spec.path})"
    return textwrap.wrap(sanitize(whole), WIDTH, subsequent_indent="  ")


def tables(profile: Profile, depth: int | None = 1) -> tuple[Table, ...]:
    """The tables of a profile: all of it, then the layers that stand out."""
    return part_table(profile, depth), slowest_table(profile), inefficient_table(profile)


def foot(profile: Profile, conventions: Mapping[str, str]) -> Sequence[str]:
    """The lines below the tables.

    Args:
        profile: what is shown.
        conventions: how times are measured and what figures count, by a word for each.
    """
    machine = environment_rows(profile.environment, profile.spec.commit)
    rows = [("columns", COLUMNS), *conventions.items(), ("FLOPs", CONVENTION)]
    if any(layer.shared_with for layer in profile.layers):
        rows.append(("merged layers", MERGED))
    return [*_lines(_figures(profile)), "", *_lines(machine), "", *_lines(rows)]


def _lines(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    # A figure and its unit stay together.
    for line in lines((name, value.replace(" %", f"{_TOGETHER}%")) for name, value in rows):
        yield line.replace(_TOGETHER, " ")


def _figures(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.interrupted:
        yield "interrupted", "fewer steps were traced than were asked for"
    step, total, peaks = profile.step_seconds, profile.total, profile.peaks
    yield (
        "share of peak",
        f"{digits((total.flops_per_second or 0.0) / 1e9, 4)} GFLOP/s, "
        f"{percent(total.of_peak or 0.0)} % of the machine's float32 matrix peak; "
        f"{digits(profile.batch / step, 4)} images/s",
    )
    yield "matrix peak", "; ".join(_product(rate) for rate in (peaks.matrix, *peaks.others))
    yield (
        "memory peak",
        f"{digits(peaks.memory.per_second / 1e9, 3)} GB/s, {peaks.memory.kernel}, "
        f"{peaks.memory.what}; peaks with {_threads(peaks.threads)}",
    )
    yield (
        "steps",
        f"{profile.steps} traced and {profile.steps} untraced, in turns; median "
        f"{milliseconds(profile.traced_seconds)} and {milliseconds(step)} ms: tracing costs "
        f"{100 * profile.overhead:+.1f} %; untraced steps took "
        f"{milliseconds(min(profile.untraced))} to {milliseconds(max(profile.untraced))} ms",
    )
    overlap = profile.overlapped_seconds / profile.traced_seconds
    yield (
        "overlap",
        f"in {percent(overlap)} % of a traced step several operations ran at once"
        + (f"; {ONE_BY_ONE}" if overlap > MUCH else ""),
    )
    yield "gap", _gap(profile)
    for sign in profile.noise:
        yield "noise", sign
    if (total.of_peak or 0.0) > 1:
        yield "noise", BEYOND


def _product(rate: Rate) -> str:
    return f"{digits(rate.per_second / 1e9, 4)} GFLOP/s, {rate.kernel}, {rate.what}"


def _gap(profile: Profile) -> str:
    """Why the layers do not add up to the step, each reason in percent of the step."""
    step, gaps = profile.step_seconds, profile.gaps

    def share(seconds: float) -> str:
        return f"{100 * seconds / step:+.1f} %"

    return (
        f"all layers together differ from the untraced step by "
        f"{share(profile.layer_seconds - step)}: tracing {share(gaps.tracing)}, operations of no "
        f"layer {share(gaps.outside)}, no operation running {share(gaps.idle)}, medians that do "
        f"not add up {share(gaps.medians)}"
    )


def _threads(count: int) -> str:
    return f"{count} {'thread' if count == 1 else 'threads'}"
