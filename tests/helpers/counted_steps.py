"""How much work a call is, counted in bytecode instructions instead of seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any


def steps(call: Callable[[], object]) -> int:
    """The bytecode instructions that a call executes, the same on every machine.

    Loops inside of C functions are not seen: `x in a_list` is one step.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
        elif event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def doublings(measure: Callable[[int], int], first: int) -> list[float]:
    """By what factor work grows when the input is doubled three times.

    Args:
        measure: from the size of an input to the steps that it takes.
        first: the smallest size.
    """
    counts = [measure(first * factor) for factor in (1, 2, 4, 8)]
    return [after / before for before, after in pairwise(counts)]
