"""The time of a step, shared among operations that may run at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple


class Op(NamedTuple):
    """One operation that TensorFlow ran: its name, its kind, start and end in seconds."""

    name: str
    kind: str
    start: float
    end: float


class OpTimes(NamedTuple):
    """The time of one step by operation.

    Attributes:
        by_name: seconds for each operation's name. While n operations run at once, each
            gets an n-th of the time, so that the sum is the time in which any ran.
        overlapped: seconds in which two or more ran.
    """

    by_name: dict[str, float]
    overlapped: float

    @property
    def busy(self) -> float:
        """Seconds in which any operation ran."""
        return sum(self.by_name.values())


def share_time(ops: Sequence[Op]) -> OpTimes:
    """Share the time of a step among the operations that ran in it."""
    lasting = [(number, op) for number, op in enumerate(ops) if op.end > op.start]
    moments = sorted(
        [(op.start, 1, number) for number, op in lasting]
        + [(op.end, 0, number) for number, op in lasting]
    )
    running: set[int] = set()
    seconds: defaultdict[str, float] = defaultdict(float)
    overlapped = since = 0.0
    for moment, starts, number in moments:
        for index in running:
            seconds[ops[index].name] += (moment - since) / len(running)
        if len(running) > 1:
            overlapped += moment - since
        since = moment
        if starts:
            running.add(number)
        else:
            running.discard(number)
    return OpTimes(dict(seconds), overlapped)
