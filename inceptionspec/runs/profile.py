"""The profile of a network: how long each layer takes, beside how long it need take."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from inceptionspec.diagnostics import Diagnostic, Label, SpecError
from inceptionspec.end_points import ends_of, needed
from inceptionspec.runs.attribution import attributed, layers
from inceptionspec.runs.bench import FORWARD, identity, refuse_open_size, refuse_small
from inceptionspec.runs.environment import environment
from inceptionspec.runs.forward import forward_step
from inceptionspec.runs.loop import Progress
from inceptionspec.runs.peaks import Peaks
from inceptionspec.runs.peaks import peaks as measured_peaks
from inceptionspec.runs.profiled import Profile
from inceptionspec.runs.target import target
from inceptionspec.runs.trace import METHOD, Traced, traced
from inceptionspec.source import Source

if TYPE_CHECKING:
    from inceptionspec.network import Network

STEPS = "traced steps"


class Turns(NamedTuple):
    """Steps without and with a trace, run in turns.

    Attributes:
        untraced: seconds of each step without.
        traced: each step with.
        interrupted: whether Ctrl-C came before all of them were run.
    """

    untraced: tuple[float, ...]
    traced: tuple[Traced, ...]
    interrupted: bool


def turns(
    plain: Callable[[], float], trace: Callable[[], Traced], steps: int, progress: Progress
) -> Turns:
    """Run so many pairs of a plain step, which tells its seconds, and a traced one.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the first pair was done. Later ones end the
            run early, and what was measured is kept.
    """
    pairs: list[tuple[float, Traced]] = []
    progress(STEPS, 0, steps)
    try:
        while len(pairs) < steps:
            pairs.append((plain(), trace()))
            progress(STEPS, len(pairs), steps)
    except KeyboardInterrupt:
        if not pairs:
            raise
    untraced, with_trace = zip(*pairs, strict=True)
    return Turns(untraced, with_trace, len(pairs) < steps)
