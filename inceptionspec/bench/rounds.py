"""Several warm sessions that take turns, round by round, never two at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from statistics import median
from typing import TypeVar

from inceptionspec.bench.machine.cpu_time import ended_children_seconds, machine_counters
from inceptionspec.bench.measure.bootstrap import Ratio, ratio_of_pairs
from inceptionspec.bench.measure.noise import Observation
from inceptionspec.bench.workers.session import Session
from inceptionspec.utils.processor import usable_cores

_Each = TypeVar("_Each")
TURN_SECONDS = 0.25
"""A turn is one step, or as many steps as last this long; its figure is their median."""


def turn_steps(session: Session) -> int:
    """How many steps make a turn, by three steps that are not counted; by one that is long."""
    durations: list[float] = []
    session.process.run(1, durations.append)
    if durations[0] < TURN_SECONDS:
        session.process.run(2, durations.append)
    return max(1, round(TURN_SECONDS / max(median(durations), 1e-9)))


class Side:
    """One of those that take turns.

    Attributes:
        turns: the figure of each of its turns, in seconds, by the number of the round.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.turns: dict[int, float] = {}
        self._steps = turn_steps(session)
        session.watch()

    def turn(self, number: int) -> None:
        """Take the turn of a round."""
        durations: list[float] = []
        self.session.process.run(self._steps, durations.append)
        self.session.durations += durations
        self.turns[number] = median(durations)


class Watch:
    """What the machine does besides some sides, from now on."""

    def __init__(self, sides: Iterable[Side]) -> None:
        self._sessions = [side.session for side in sides]
        for session in self._sessions:
            session.watch()
        self._started, self._before = time.monotonic(), machine_counters()
        self._ended = ended_children_seconds()

    def observed(self) -> Observation:
        """What was observed until now."""
        own = sum(session.used_seconds() for session in self._sessions)
        own += ended_children_seconds() - self._ended
        seconds = time.monotonic() - self._started
        return Observation(seconds, self._before, machine_counters(), own, usable_cores())


def in_turn(sides: Sequence[_Each], number: int) -> Sequence[_Each]:
    """The order of a round: it turns round each time, so that a slow drift disturbs all alike."""
    return sides if number % 2 == 0 else sides[::-1]


def ratio_to(base: Side, side: Side) -> Ratio | None:
    """The base's time over a side's: the median over rounds in which both had a turn.

    None where there are fewer than two such rounds.
    """
    ratios = [base.turns[number] / seconds for number, seconds in side.turns.items()
              if number in base.turns]  # fmt: skip
    return ratio_of_pairs(ratios) if len(ratios) > 1 else None
