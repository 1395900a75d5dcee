"""Analyses take steps in proportion to the layers: eight times as many for eight times as many."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from support import loaded, spec

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.memory import live_bytes
from inceptionspec.analysis.receptive_field import receptive_fields
from inceptionspec.analysis.summary import summarize
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.diff.text import to_text
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import plain


def chain(count: int) -> LoadedSpec:
    return loaded(spec("- {op: conv, kernel: 3, filters: 1}\n" * count))


def fan(count: int) -> LoadedSpec:
    branches = ", ".join(["[{op: dropout, rate: 0.1}]"] * count)
    return loaded(spec(f"- {{branches: [{branches}], merge: add}}"))


def nested_fan(count: int) -> LoadedSpec:
    branches = ", ".join(["[{branches: [[], []], merge: add}]"] * count)
    return loaded(spec(f"- {{branches: [{branches}]}}"))


def heads(count: int) -> LoadedSpec:
    lines = "".join(
        f"  H{i}: {{from: T, layers: [{{op: flatten}}], loss_weight: 1}}\n" for i in range(count)
    )
    layers = "- {op: conv, kernel: 1, filters: 1}\n" * count
    last = "- {op: conv, name: T, kernel: 1, filters: 1}"
    return loaded(spec(layers + last, rest=f"main: H0\nheads:\n{lines}"))


def steps(action: Callable[[], object]) -> int:
    """Calls that an action makes, those of built-in functions included."""
    calls = 0

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        action()
    finally:
        sys.setprofile(None)
    return calls


ANALYSES: dict[str, Callable[[LoadedSpec], object]] = {
    "field": lambda network: receptive_fields(network.graph),
    "memory": lambda network: live_bytes(network.graph),
    "summary": lambda network: plain(layer_table(summarize(network), None)),
}


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("network", [chain, fan, nested_fan, heads])
def test_steps_grow_with_the_layers(analysis: str, network: Callable[[int], LoadedSpec]) -> None:
    small, large = network(40), network(320)
    run = ANALYSES[analysis]
    assert steps(lambda: run(large)) < 8.8 * steps(lambda: run(small))


def blocks(count: int, name: str, bias: str) -> LoadedSpec:
    """Residual blocks, all with one name and number."""
    rest = (
        f"defaults: {{conv: {{bias: {bias}}}}}\nblocks:\n  r:\n    residual: {{}}\n"
        f"    layers: [{{op: conv, name: {name}, kernel: 3, filters: 3}}]"
    )
    return loaded(spec(f"- {{block: r, name: {name}, repeat: {count}}}", rest=rest))


def test_steps_of_a_diff_grow_with_the_layers() -> None:
    """Every block has another name and other attributes, so that all of them are aligned."""

    def run(count: int) -> int:
        old, new = blocks(count, "a", "true"), blocks(count, "b", "false")
        found = compare(old, new)
        assert not found.added
        return steps(lambda: to_text(compare(old, new), every=True))

    assert run(800) < 8.8 * run(100)
