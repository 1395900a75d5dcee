"""Turns to times in units of the reference's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from turning import NOTHING, TurningWorker, network

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.layer_times.kinds import run_graph
from inceptionspec.bench.layer_times.measure import measure
from inceptionspec.bench.workers.session import no_progress


class Scripted(TurningWorker):
    """A worker whose rounds differ in pace; in some of them one layer alone is slow, too."""

    factors = (1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)
    disturbed = (0, 4, 6, 10)
    """Rounds in which the first layer takes ten times as long by itself."""

    def ask(self, request: Any, on_round: Any) -> dict[str, Any]:
        rounds = []
        for number, factor in enumerate(self.factors):
            turns = []
            for place, part in enumerate(request["parts"]):
                own = 10 if place == 2 and number in self.disturbed else 1
                seconds = NOTHING + factor * own * (self.of(part) - NOTHING)
                turns.append((seconds, seconds))
            rounds.append(turns)
        return {"rounds": rounds}


def test_a_layer_is_compared_with_the_reference_of_the_same_round() -> None:
    """The medians of both are of rounds of different pace."""
    graph = network(10, 20)
    run = run_graph(graph, [graph.nodes[-1].path], ENGINES["optimized"], 1)
    kinds = list(run.counts)
    (found,) = measure(Scripted({}), run, kinds, (), "optimized", 1, no_progress)
    filters = [json.loads(kind)["attributes"]["filters"] for kind in kinds]
    whole = 0.8 * (10 + 20)
    assert [found.kinds[kind] for kind in kinds] == pytest.approx([n / whole for n in filters])
    assert found.pace == pytest.approx(whole / 1000)
