"""How the work on misfits grows with the network, counted in layers that are linked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from support import findings, spec

from inceptionspec.frontend.linking import shape_inference, trial

CONV = "{op: conv, kernel: 1, filters: 1}"
WIDE = "{op: conv, kernel: 99, filters: 1, padding: valid}"


def after_many_layers(count: int) -> str:
    return spec(f"- {CONV}\n" * count + f"- {WIDE}")


def after_many_sizes(count: int) -> str:
    layer = "- {op: conv, kernel: 2, filters: 1, padding: valid}\n"
    return spec(layer * count, size=f"{count}x{count}")


def in_many_branches(count: int) -> str:
    rows = ", ".join(f"[{{op: conv, kernel: 3, filters: {n + 1}}}]" for n in range(count))
    return spec(f"- {{branches: [{rows}], merge: add}}")


def in_many_heads(count: int) -> str:
    heads = "".join(f"  H{n}: {{from: t, layers: [{WIDE}]}}\n" for n in range(count))
    trunk = f"- {CONV}\n" * count + "- {op: conv, name: t, kernel: 1, filters: 1}"
    return spec(trunk, rest=f"main: H0\nheads:\n{heads}")


def in_many_blocks(count: int) -> str:
    part = "- {branches: [[{op: conv, kernel: 3, filters: 3, stride: 2}], []]}\n"
    return spec(part * count)


@pytest.mark.parametrize(
    "make", [after_many_layers, after_many_sizes, in_many_branches, in_many_heads, in_many_blocks]
)
def test_work_on_misfits_at_most_doubles_with_the_network(
    make: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = 0
    real = shape_inference.linked_layer

    def counted(*given: object) -> object:
        nonlocal linked
        linked += 1
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(shape_inference, "linked_layer", counted)
    monkeypatch.setattr(trial, "linked_layer", counted)
    steps = []
    for count in (100, 200, 400, 800):
        linked = 0
        assert findings(make(count))
        steps.append(linked)
    assert steps[0] > 0
    # Trials have a budget of their own, which small networks do not use up.
    assert all(later <= 2.2 * earlier + 1_000 for earlier, later in pairwise(steps)), steps
