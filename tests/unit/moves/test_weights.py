"""What becomes of the base's weights: each kind of move keeps what it promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from moving import by, moved
from support import loaded, spec
from variants import HEADS, edited

from inceptionspec.moves.draft import Step
from inceptionspec.moves.table import MOVES
from inceptionspec.moves.variant import rewrite

NETWORK = """
- {op: conv, name: stem, kernel: 3, filters: 8, stride: 2, activation: relu}
- {op: lrn, name: lrn}
- name: Mix
  branches:
    a: [{op: conv, name: c, kernel: 1, filters: 4, activation: relu}]
    b:
      - {op: conv, name: c, kernel: 1, filters: 6, activation: relu}
      - {op: conv, name: d, kernel: 5, filters: 6, activation: relu}
    p: [{op: max_pool, name: m, kernel: 3}]
    q: [{op: avg_pool, name: m, kernel: 3}]
- {op: max_pool, name: pool, kernel: 3, stride: 2}
- {op: dropout, name: drop, rate: 0.5}
- {op: conv, name: after, kernel: 3, filters: 8, activation: relu}
"""
CLOSE = 1e-6
"""Of an output's magnitude: weights are float32, the NumPy network computes in float64."""
#: What each move starts fresh here.
FRESH = {
    "two-3x3": {"Mix/b/d", "Mix/b/d_2"},
    "1xn-nx1": {"Mix/b/d", "Mix/b/d_2", "after_2"},
    "nx1-1xn": {"Mix/b/d", "Mix/b/d_2", "after_2"},
    "expanded-bank": {
        "Mix/b/d/d_1x5", "Mix/b/d/d_5x1", "after/after_1x3", "after/after_3x1",
        "stem/stem_1x3", "stem/stem_3x1",
    },
    "parallel-reduction": {"pool/Branch_0/Conv"},
    "separable": set(),
    "residual": {"Mix/Shortcut", "Mix/Up"},
    "squeeze-excite": {"Mix/SE/Gate/Reduce", "Mix/SE/Gate/Expand"},
    "batch-norm": set(),
    "avg-pool": set(),
    "max-pool": set(),
    "halve-input": set(),
    "double-input": set(),
}  # fmt: skip


@pytest.mark.parametrize("move", FRESH)
def test_weights_follow_as_far_as_a_move_says(move: str, tmp_path: Path) -> None:
    network = NETWORK.replace("filters: 8, stride: 2", "filters: 8") * (move == "double-input")
    found = moved(spec(network or NETWORK) + HEADS, tmp_path, move)
    result = edited(found.base, found.loaded)
    fresh = set(result.fresh())
    if move == "expanded-bank":
        # What reads a bank of which no channel is the base's has nothing to go by.
        assert {"Logits/fc"} >= fresh - FRESH[move]
    else:
        assert fresh == FRESH[move]
    assert (found.kind == "new architecture") == bool(FRESH[move])
    # Readers of a reduction give no weight to its new channels until training does.
    same = move == "parallel-reduction"
    assert result.result.outputs == {"Logits": same}
    assert (result.deviation(*_pictures(move)) <= CLOSE) == same


def _pictures(move: str) -> tuple[object, ...]:
    """What variant and base read, where the move changes the size of pictures."""
    sizes = {"halve-input": (8, 16), "double-input": (32, 16)}.get(move)
    if sizes is None:
        return ()
    large = np.random.default_rng(3).normal(size=(2, max(sizes), max(sizes), 3))
    return tuple(large[:, :: max(sizes) // size, :: max(sizes) // size] for size in sizes)


def test_every_move_is_among_them() -> None:
    assert set(FRESH) == set(MOVES)


@pytest.mark.parametrize("step", ["batch-norm@stem Mix/*/* after drop", "batch-norm@drop"])
def test_norms_that_start_as_the_identity_change_nothing(step: str, tmp_path: Path) -> None:
    found = moved(spec(NETWORK) + HEADS, tmp_path, step)
    assert found.kind == "equivalent"
    result = edited(found.base, found.loaded)
    assert result.result.outputs == {"Logits": True}
    assert all(layer.exact for layer in result.result.layers)
    assert result.deviation() <= CLOSE


@pytest.mark.parametrize(
    "rest",
    [
        "defaults: {batch_norm: {scale: false, epsilon: 0.01}}",
        "defaults: {conv: {bias: true}, batch_norm: {momentum: 0.9}}",
        "defaults: {batch_norm: {center: false}}",
    ],
)
def test_that_holds_for_norms_of_every_form(rest: str, tmp_path: Path) -> None:
    found = moved(spec(NETWORK.replace("- {op: lrn, name: lrn}\n", ""), rest=rest) + HEADS,
                  tmp_path, "batch-norm")  # fmt: skip
    assert found.kind == "equivalent"
    result = edited(found.base, found.loaded)
    assert result.deviation() <= CLOSE


def test_a_gate_of_a_real_network_leaves_all_else(tmp_path: Path) -> None:
    found = rewrite(
        loaded("inception_v3"),
        [Step("squeeze-excite", "Mixed_*")],
        name="V3_SE",
        extends="inception_v3",
    )
    settings = {"width": 0.05, "min_filters": 4, "classes": 7, "head": "Logits"}
    (tmp_path / "se.yaml").write_text(found.text)
    variant = loaded(str(tmp_path / "se.yaml"), **settings)
    result = edited(loaded("inception_v3", **settings), variant)
    kept = [row for row in result.result.layers if not row.steps]
    assert len(kept) == 95
    assert {path.rpartition("/")[2] for path in result.fresh()} == {"Reduce", "Expand"}


def test_separable_layers_of_a_real_network_come_from_its_kernels() -> None:
    found = by(loaded("inception_v3"), "inception_v3", None, "separable@Mixed_6*/Branch_1/*")
    settings = {"width": 0.05, "min_filters": 4, "classes": 7, "head": "Logits"}
    variant = loaded(found.text, **settings)
    result = edited(loaded("inception_v3", **settings), variant)
    assert not result.fresh()
    separated = [path for path, kinds in result.kinds().items() if "separated" in kinds]
    assert len(separated) == 10
