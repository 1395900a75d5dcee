"""The benchmark: forward passes of a network, timed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from inceptionspec.diagnostics import Diagnostic, Label, SpecError
from inceptionspec.ops.record import size_text
from inceptionspec.runs.environment import environment
from inceptionspec.runs.forward import forward_step
from inceptionspec.runs.loop import Progress, timed
from inceptionspec.runs.run import Identity, Run
from inceptionspec.runs.target import target
from inceptionspec.source import Source

if TYPE_CHECKING:
    from inceptionspec.network import Network

FORWARD = "forward"


def bench(
    network: Network,
    *,
    head: str | None = None,
    batch: int = 32,
    steps: int = 100,
    burn_in: int = 10,
    progress: Progress | None = None,
) -> Run:
    """Time forward passes (training=False, float32) on one batch of uniform noise.

    Args:
        head: the head to run, ``all`` for every one; the main head alone by default, of a
            network without heads all layers.
        batch: images in one step.
        steps: how many steps count.
        burn_in: how many steps are run before, besides the first, which is timed apart.
        progress: called between steps with a phase (``first step``, ``burn-in``,
            ``steps``), how much of it is done, and its whole.

    Raises:
        SpecError: a number is too small, there is no such head, the input size is open, or
            TensorFlow is not installed.
        KeyboardInterrupt: Ctrl-C came before a step was counted; after that it ends the
            run early, and the run says so.
    """
    _refuse_small(batch=batch, steps=steps, burn_in=burn_in)
    chosen = target(network.graph, head)
    macs, flops = chosen.cost.macs, chosen.cost.flops
    if None in network.graph.nodes[0].shape or macs is None or flops is None:
        raise SpecError([_open_size(network)])
    surroundings = environment()
    step = forward_step(network.graph, chosen.outputs, batch)
    started = _now()
    timing = timed(step, steps=steps, burn_in=burn_in, progress=progress)
    return Run(
        spec=_identity(network),
        mode=FORWARD,
        head=chosen.head,
        batch=batch,
        burn_in=burn_in,
        durations=timing.durations,
        first_step_seconds=timing.first,
        macs=macs,
        flops=flops,
        started=started,
        finished=_now(),
        environment=surroundings,
        interrupted=timing.interrupted,
    )


def _refuse_small(*, batch: int, steps: int, burn_in: int) -> None:
    rules = (
        ("--batch", batch, 1, "the batch"),
        ("--steps", steps, 1, "the number of steps"),
        ("--burn-in", burn_in, 0, "the number of burn-in steps"),
    )
    findings = [
        Diagnostic(
            "E0805",
            f"{what} must be at least {least}, not {value}",
            Label(Source(f"{option} {value}").whole()),
        )
        for option, value, least, what in rules
        if value < least
    ]
    if findings:
        raise SpecError(findings)


def _identity(network: Network) -> Identity:
    return Identity(
        network.name,
        network.source.name,
        network.digests["network"],
        network.digests["document"],
    )


def _open_size(network: Network) -> Diagnostic:
    size = size_text(network.graph.nodes[0].shape)
    return Diagnostic(
        "E0805",
        f"a benchmark needs a known input size, and that of `{network.name}` is {size}",
        Label(network.spec.input.value_spans["size"], "height and width are open"),
        helps=("give it a size: add `--input 299x299`",),
    )


def _now() -> datetime:
    return datetime.now().astimezone()
