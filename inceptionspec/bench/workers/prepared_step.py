"""A step that is ready to be called, and what is to be told of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """What a mode makes of a job.

    Attributes:
        step: one step; when it returns, all that it computes is there.
        trace_seconds: making the TensorFlow graph, without compiling or running it; None
            where there is none to make.
        after: called after each step, outside of what is timed.
        outputs: what the network that is timed puts out for its images, as NumPy arrays in
            the order of the target's outputs; None where there is nothing to compare.
        facts: what a reader must know of the step, by a word or two.
    """

    step: Callable[[], object]
    trace_seconds: float | None = None
    after: Callable[[], object] | None = None
    outputs: Callable[[], list[Any]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def without_outputs(self) -> Self:
        """The same where the network is not the one it would be compared with."""
        return dataclasses.replace(self, outputs=None)
