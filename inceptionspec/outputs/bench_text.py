"""A benchmark run as text: the seed's line, and under it what the line leaves out."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from inceptionspec.outputs.inert import inert

if TYPE_CHECKING:
    from inceptionspec.runs.run import Run

WIDTH = 80
_INDENT = 19
CONVENTION = (
    "FLOPs are 2 x MACs, plus per output element: batch norm 2, bias 1, activation 1 "
    "(softmax 5), pooling its window, add and multiply 1"
)


def seed_line(run: Run) -> str:
    """The line in which the seed's benchmark ends, in its words and digits.

    The time is that of its end: ``2026-11-22 23:10:00.123456: Forward across 100 steps,
    0.123 +/- 0.004 sec / batch``.
    """
    seconds = run.seconds
    return (
        f"{run.finished:%Y-%m-%d %H:%M:%S.%f}: {run.mode.capitalize()} across "
        f"{run.steps} steps, {seconds.mean:.3f} +/- {seconds.sd:.3f} sec / batch"
    )


def text(run: Run) -> str:
    """A run and where it was made: the seed's line, and 80 columns under it."""
    surroundings = _lines(_surroundings(run.environment))
    parts = [seed_line(run), *_lines(_figures(run)), "", *surroundings]
    return "\n".join(parts) + "\n"


def _lines(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for name, value in rows:
        yield from textwrap.wrap(
            inert(value),
            WIDTH,
            initial_indent=f"  {name}".ljust(_INDENT),
            subsequent_indent=" " * _INDENT,
        )


def _figures(run: Run) -> Iterator[tuple[str, str]]:
    seconds = run.seconds
    if run.interrupted:
        yield "interrupted", "fewer steps were run than were asked for"
    yield "network", f"{run.spec.name} of {run.spec.path}"
    yield "run", f"{_head(run.head)}, batch {run.batch}, after {run.burn_in} burn-in steps"
    yield "images/s", _digits(run.images_per_second)
    yield "median", f"{_digits(seconds.median)} sec / batch"
    for percent, value in ((90, seconds.p90), (99, seconds.p99)):
        few = run.steps < seconds.least_count(percent)
        doubt = ", with fewer than 5 steps beyond it" if few else ""
        yield f"{percent}th percentile", f"{_digits(value)} sec / batch{doubt}"
    yield "range", f"{_digits(seconds.min)} to {_digits(seconds.max)} sec / batch"
    yield "first step", f"{_digits(run.first_step_seconds)} sec, with tracing and compilation"
    counted = f"{run.flops:,} FLOPs ({run.macs:,} MACs) an image"
    rate = _digits(run.gflops_per_second)
    yield "GFLOP/s", f"{rate}, from the spec's own count of {counted}; {CONVENTION}"


def _head(head: str | None) -> str:
    if head is None:
        return "all layers"
    return "all heads" if head == "all" else f"head {head}"


def _digits(value: float) -> str:
    """A figure with four digits or more: a small network's step lasts less than 1 ms."""
    decimals = 3 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:,.{max(decimals, 0)}f}"


def _surroundings(environment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cores = [
        f"{'unknown' if count is None else count} {kind}"
        for kind, count in environment["cores"].items()
    ]
    yield "CPU", f"{environment['cpu']}; usable cores: {', '.join(cores)}"
    if environment["gpus"]:
        yield "GPU", ", ".join(environment["gpus"])
    versions = [
        f"{name} {environment[name.lower()]}"
        for name in ("TensorFlow", "Keras", "Python", "inceptionspec")
    ]
    yield "versions", ", ".join(versions)
    yield "platform", environment["platform"]
    yield "numbers", environment["dtype"]
    threads, onednn, xla = environment["threads"], environment["onednn"], environment["xla"]
    intra, inter = _threads(threads["intra_op"]), _threads(threads["inter_op"])
    yield "threads", f"intra-op {intra}, inter-op {inter}{_set(threads)}"
    yield "oneDNN", f"{_switch(onednn['effective'])}{_set(onednn)}"
    yield "XLA", f"jit_compile {_switch(environment['jit_compile'])}{_set(xla)}"
    load = environment["load_average"]
    if load is not None:
        yield "load average", " ".join(f"{one:.2f}" for one in load) + " before the run"


def _threads(count: int) -> str:
    return str(count) if count else "chosen by TensorFlow"


def _switch(state: bool | None) -> str:
    return "unknown" if state is None else "on" if state else "off"


def _set(values: Mapping[str, Any]) -> str:
    """The environment variables among some switches that are set, which have capital names."""
    return "".join(
        f", {name}={value}"
        for name, value in values.items()
        if name.isupper() and value is not None
    )
