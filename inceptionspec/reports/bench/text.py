"""A benchmark run as text: TF-Slim's benchmark line, and below it what the line leaves out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.modes import MODES
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.table import digits

WIDTH = 80
_INDENT = 19
CONVENTION = (
    "FLOPs are 2 x MACs, plus per output element: batch norm 2, bias 1, activation 1 "
    "(softmax 5), pooling its window, add and multiply 1"
)


def benchmark_line(run: Run) -> str:
    """The line that TF-Slim's benchmark prints at its end, in its words and digits.

    The time is when the run ended: ``2026-11-22 23:10:00.123456: Forward across 100 steps,
    0.123 +/- 0.004 sec / batch``.
    """
    seconds = run.seconds
    return (
        f"{run.finished:%Y-%m-%d %H:%M:%S.%f}: {run.mode.capitalize()} across "
        f"{run.steps} steps, {seconds.mean:.3f} +/- {seconds.sd:.3f} sec / {MODES[run.mode].unit}"
    )


def text(run: Run) -> str:
    """A run and where it was made: TF-Slim's line, then two columns, 80 characters wide."""
    parts = [
        benchmark_line(run),
        *lines(_figures(run)),
        "",
        *lines(environment_rows(run.environment, run.spec.commit)),
    ]
    return "\n".join(parts) + "\n"


def lines(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names and values in two columns, the values wrapped."""
    for name, value in rows:
        yield from textwrap.wrap(
            sanitize(value),
            WIDTH,
            initial_indent=f"  {name}".ljust(_INDENT),
            subsequent_indent=" " * _INDENT,
        )


def _figures(run: Run) -> Iterator[tuple[str, str]]:
    seconds, per = run.seconds, f"sec / {MODES[run.mode].unit}"
    if run.interrupted:
        yield "interrupted", "fewer steps ran than were asked for"
    yield "network", f"{run.spec.name} of {run.spec.path}"
    yield "run", how(run)
    yield from run.facts.items()
    if run.cost is not None:
        yield from run.cost.rows()
    if run.images_per_second is not None:
        yield "images/s", digits(run.images_per_second)
    yield "median", f"{digits(seconds.median)} {per}, interquartile range {digits(seconds.iqr)}"
    for percent, value in ((90, seconds.p90), (99, seconds.p99)):
        if value is not None:
            yield f"{percent}th percentile", f"{digits(value)} {per}"
    yield "range", f"{digits(seconds.min)} to {digits(seconds.max)} {per}"
    yield "first step", _first(run)
    if run.times.prepare is not None:
        trace = "" if run.times.trace is None else f", {digits(run.times.trace)} of it tracing"
        yield "preparation", f"{digits(run.times.prepare)} sec{trace}"
    yield "peak memory", memory(run.peak_bytes)
    if run.gflops_per_second is not None:
        counted = f"{run.flops:,} FLOPs ({run.macs:,} MACs) per image"
        rate = digits(run.gflops_per_second)
        yield "GFLOP/s", f"{rate}, from the spec's own count of {counted}; {CONVENTION}"
    for sign in run.noise:
        yield "noise", sign


def how(run: Run) -> str:
    """How a step was run, in a line."""
    parts = [_head(run.head)] if MODES[run.mode].batched else []
    if run.batch is not None:
        parts.append(f"batch {run.batch}")
    if run.engine is not None:
        parts.append(f"engine {run.engine}{in_precision(run)}")
    if run.threads is not None:
        parts.append(f"{run.threads} {'thread' if run.threads == 1 else 'threads'}")
    return ", ".join([*parts, f"after {run.burn_in} burn-in steps"])


def in_precision(run: Run) -> str:
    """The precision that was asked for, where it is not float32."""
    return "" if run.precision == FLOAT32 else f" in {run.precision}"


def _first(run: Run) -> str:
    beyond = run.times.compilation(run.seconds.median)
    return (
        f"{digits(run.times.first_step)} sec, {digits(beyond)} more than the median: "
        "compilation and first allocation"
    )


def memory(peak: int | None) -> str:
    """The peak memory of a process, in MiB."""
    if peak is None:
        return "unknown"
    return f"{peak / 2**20:,.0f} MiB resident, of the process that ran the steps"


def _head(head: str | None) -> str:
    if head is None:
        return "all layers"
    return "all heads" if head == "all" else f"head {head}"


def environment_rows(
    environment: Mapping[str, Any], commit: str | None = None
) -> Iterator[tuple[str, str]]:
    """Where a run was made: machine, versions, the spec's commit, switches."""
    cores = [
        f"{'unknown' if count is None else count} {kind}"
        for kind, count in environment["cores"].items()
    ]
    yield "CPU", f"{environment['cpu']}; usable cores: {', '.join(cores)}"
    if environment["gpus"]:
        yield "GPU", ", ".join(environment["gpus"])
    versions = [
        f"{name} {environment[name.replace(' ', '').lower()]}"
        for name in (
            "TensorFlow",
            "Keras",
            "ONNX Runtime",
            "OpenVINO",
            "LiteRT",
            "Python",
            "inceptionspec",
        )
        if environment.get(name.replace(" ", "").lower()) is not None
    ]
    yield "versions", ", ".join(versions)
    yield "platform", environment["platform"]
    if commit is not None:
        yield "commit", f"{commit[:12]}, HEAD of the spec's repository"
    threads, onednn, xla = environment["threads"], environment["onednn"], environment["xla"]
    yield "numbers", environment["dtype"]
    if threads["intra_op"] is not None:  # TensorFlow was imported
        intra, inter = _threads(threads["intra_op"]), _threads(threads["inter_op"])
        yield "threads", f"intra-op {intra}, inter-op {inter}{_set(threads)}"
        yield "oneDNN", f"{_switch(onednn['effective'])}{_set(onednn)}"
        if any(xla.values()):
            yield "XLA", _set(xla).removeprefix(", ")
    load = environment["load_average"]
    if load is not None:
        yield "load average", " ".join(f"{each:.2f}" for each in load) + " before the run"


def _threads(count: int) -> str:
    return str(count) if count else "chosen by TensorFlow"


def _switch(state: bool | None) -> str:
    return "unknown" if state is None else "on" if state else "off"


def _set(values: Mapping[str, Any]) -> str:
    """The environment variables among some switches that are set; their names are capitals."""
    return "".join(
        f", {name}={value}"
        for name, value in values.items()
        if name.isupper() and value is not None
    )
