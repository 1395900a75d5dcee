"""Every move over every built-in spec: what it writes is a sound variant, or it says why not."""

from __future__ import annotations

import pytest
from support import loaded

from inceptionspec.checks.check import check
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.writing.digest import network_digest
from inceptionspec.ir.graph import Graph
from inceptionspec.moves.draft import Step
from inceptionspec.moves.table import MOVES
from inceptionspec.moves.variant import rewrite

#: Moves that yield twice as many channels, which not every reader takes.
DOUBLES = frozenset({"expanded-bank", "parallel-reduction"})


def _logits(graph: Graph) -> dict[str, tuple[int | None, ...]]:
    return {head.name: graph.nodes[head.output].shape for head in graph.heads}


@pytest.mark.parametrize("name", builtin_names())
def test_a_variant_is_sound_and_keeps_its_logits(name: str) -> None:
    base = loaded(name)
    digest = network_digest(base.graph)
    warned = {one.code for one in check(base).findings}
    taken = set()
    for move in MOVES:
        try:
            found = rewrite(base, [Step(move)], name="variant", extends=name)
        except SpecError as error:
            (one,) = error.findings
            assert one.code in {"E0950", "E0952" if move in DOUBLES else "E0950"}, move
            continue
        taken.add(move)
        # What is new may cost much, or skip rows; all else would be a slip of the move.
        said = {one.code for one in check(found.loaded).findings}
        assert said <= {"W0104", "W0108", *warned}, move
        assert _logits(found.loaded.graph) == _logits(base.graph)
        assert network_digest(found.loaded.graph) != digest, move
        assert all(moved.paths for moved in found.moved)
    assert len(taken) >= 3
