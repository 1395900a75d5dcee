"""Operations that ran, some of them at once, to seconds for each of them."""

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


class Shared(NamedTuple):
    """One step's time, shared out.

    Attributes:
        by_name: seconds for each operation's name. While n operations run at once, each
            is given an n-th of the time, so that the sum is the time in which any ran.
        overlapped: seconds in which two or more ran.
    """

    by_name: dict[str, float]
    overlapped: float

    @property
    def busy(self) -> float:
        """Seconds in which any operation ran."""
        return sum(self.by_name.values())


def shared(ops: Sequence[Op]) -> Shared:
    """Share the time of a step out among the operations that ran in it."""
    lasting = [(number, op) for number, op in enumerate(ops) if op.end > op.start]
    moments = sorted(
        [(op.start, 1, number) for number, op in lasting]
        + [(op.end, 0, number) for number, op in lasting]
    )
    running: set[int] = set()
    seconds: defaultdict[str, float] = defaultdict(float)
    overlapped = since = 0.0
    for moment, starts, number in moments:
        for one in running:
            seconds[ops[one].name] += (moment - since) / len(running)
        if len(running) > 1:
            overlapped += moment - since
        since = moment
        if starts:
            running.add(number)
        else:
            running.discard(number)
    return Shared(dict(seconds), overlapped)
