"""A worker that takes turns without computing: its times follow from filters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from support import loaded, spec

from inceptionspec.ir.graph import Graph

NOTHING = 0.001
"""Seconds of a call, in every measured time."""


def seconds_of(data: Mapping[str, Any]) -> float:
    """Of a layer by itself: its filters, in milliseconds; 1 for layers without."""
    return float(data["attributes"].get("filters", 1)) / 1000


class TurningWorker:
    """Takes turns as a worker does; a network takes 0.8 of its layers, on the processor."""

    asked: ClassVar[list[Mapping[str, Any]]] = []

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def __enter__(self) -> TurningWorker:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, request: Mapping[str, Any], on_round: Callable[[float], None]) -> dict[str, Any]:
        json.dumps(request)  # as it would be sent
        TurningWorker.asked.append(request)
        rounds = []
        for number in range(request["rounds"]):
            # The clock is slow in some rounds, and the processor a little.
            wall, noise = (9.0, 1.3) if number % 3 == 0 else (2.0, 1.0)
            turns = [(wall * self.of(part), noise * self.of(part)) for part in request["parts"]]
            rounds.append(turns)
            on_round(0.1)
        return {"rounds": rounds}

    def of(self, part: Mapping[str, Any]) -> float:
        if "nodes" in part:
            return NOTHING + 0.8 * sum(seconds_of(node) for node in part["nodes"][1:])
        return NOTHING + (part["copies"] * seconds_of(part) if part else 0)


def network(*filters: int, size: str = "16x16") -> Graph:
    layers = "\n".join(
        f"- {{op: conv, kernel: 1, activation: relu, filters: {count}}}" for count in filters
    )
    return loaded(spec(layers, size=size)).graph
