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
from inceptionspec.drawing.diagram import Comparison, Options, dot_text
from inceptionspec.drawing.diagram.comparison_view import comparison_view
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


def dense_fan(count: int) -> LoadedSpec:
    """Dense layers that all read the end of a chain of layers in place."""
    chain = "- {op: flatten}\n" + "- {op: dropout, rate: 0.1}\n" * count
    branches = ", ".join(["[{op: dense, units: 1}]"] * count)
    return loaded(spec(f"{chain}- {{branches: [{branches}]}}"))


def heads(count: int) -> LoadedSpec:
    lines = "".join(
        f"  H{i}: {{from: T, layers: [{{op: flatten}}], loss_weight: 1}}\n" for i in range(count)
    )
    layers = "- {op: conv, kernel: 1, filters: 1}\n" * count
    last = "- {op: conv, name: T, kernel: 1, filters: 1}"
    return loaded(spec(layers + last, rest=f"main: H0\nheads:\n{lines}"))


def steps(action: Callable[[], object]) -> int:
    """Lines of Python that an action runs; a loop counts each time."""
    lines = 0

    def trace(frame: object, event: str, argument: object) -> Callable[..., object]:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()  # that of a measurement of coverage
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return lines


ANALYSES: dict[str, Callable[[LoadedSpec], object]] = {
    "field": lambda network: receptive_fields(network.graph),
    "memory": lambda network: live_bytes(network.graph),
    "summary": lambda network: plain(layer_table(summarize(network), None)),
    "outline": lambda network: layer_table(summarize(network), 2).outline,
}


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("network", [chain, fan, nested_fan, dense_fan, heads])
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


@pytest.mark.parametrize("network", [chain, fan, nested_fan, heads])
def test_steps_of_a_drawn_difference_grow_with_the_layers(
    network: Callable[[int], LoadedSpec],
) -> None:
    def run(count: int) -> int:
        old = loaded(spec(_numbered(count)))
        new = network(count)
        return steps(lambda: dot_text(Comparison(old, new), Options("layers")))

    assert run(240) < 8.8 * run(30)


def test_steps_of_two_networks_drawn_as_one_grow_with_the_layers() -> None:
    """Every third layer is gone, so that there are as many ways around one."""

    def run(count: int) -> int:
        lines = _numbered(count).splitlines()
        old, new = (loaded(spec("\n".join(chosen))) for chosen in (lines, _two_of_three(lines)))
        changes = comparison_view(old, new).changes
        assert changes is not None
        assert not changes.apart
        assert len(changes.junctions) == count // 3
        return steps(lambda: dot_text(Comparison(old, new), Options("layers")))

    assert run(240) < 8.8 * run(30)


def _two_of_three(lines: list[str]) -> list[str]:
    return [line for number, line in enumerate(lines) if number % 3 != 1]


def _numbered(count: int) -> str:
    return "\n".join(f"- {{op: lrn, name: o{number}, radius: 2}}" for number in range(count))
