"""Contracts and budgets: tests of what a spec claims about its network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.checks.head_costs import HeadCosts
from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.forms import COUNTS, TOTAL
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.graph import Graph, Head
from inceptionspec.ops.record import shape_text


def broken_contracts(loaded: LoadedSpec) -> Findings:
    """Where ``expect`` differs from the network, at the contract's line.

    It is tested at the spec's own arguments, input and width, with all heads, so that a
    network that was read under other settings is not tested.
    """
    expect = loaded.spec.expect
    if expect is None or loaded.settings.overridden:
        return Findings(loaded.limits)
    if loaded.settings.heads:
        loaded = load_spec(loaded.source, type(loaded.settings)(), loaded.limits)
    counts = _Counts(loaded)
    findings = Findings(loaded.limits)
    with suppress(SpecError):  # there are too many: the others are left out
        for path in expect:
            findings += _broken(counts, expect, path, findings)
    return findings


def untested_contracts(loaded: LoadedSpec) -> str:
    """The note that contracts were not tested, and why; empty where they were."""
    overridden = loaded.settings.overridden
    if loaded.spec.expect is None or not overridden:
        return ""
    under = ", ".join(overridden)
    return f"contracts hold for the spec's own settings and are not tested under {under}"


def untested_budgets(loaded: LoadedSpec) -> str:
    """The note that budgets were not tested, since what they bound is open; empty otherwise."""
    names = open_totals(loaded.spec.budget, loaded.graph)
    if not names:
        return ""
    return f"the budget of {listed(names)} is not tested while height and width are open"


def open_totals(budget: Map, graph: Graph) -> list[str]:
    """What a budget bounds that is not known, since height and width are open."""
    found = _whole(graph) if budget else {}
    return [name for name in budget if found[name] is None]


def exceeded_budgets(loaded: LoadedSpec) -> list[Diagnostic]:
    """Which totals, all heads counted, are beyond the budget; tested under any settings."""
    return exceeded(loaded.spec.budget, loaded.graph)


def exceeded(budget: Map, graph: Graph, subject: str = "the network") -> list[Diagnostic]:
    """Which totals of a graph are beyond a budget (E0603).

    Args:
        budget: from totals to bounds, as `<= 5.8e9`.
        graph: the network, all heads counted.
        subject: what the network is called in a sentence.
    """
    found = _whole(graph) if budget else {}
    findings = []
    for name in budget:
        bound = float(budget[name].removeprefix("<=").strip())
        actual = found[name]
        if actual is not None and actual > bound:
            findings.append(
                Diagnostic(
                    "E0603",
                    f"the budget of {bound:,.0f} {name} is exceeded",
                    Label(
                        budget.value_spans[name],
                        f"{subject} has {actual:,}, {actual - bound:,.0f} more",
                    ),
                    helps=("make the network smaller, or raise the budget",),
                )
            )
    return findings


def _broken(
    counts: _Counts, expect: Map, path: str, so_far: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    contract, span = expect[path], expect.value_spans[path]
    graph = counts.network.graph
    if path != TOTAL and path not in graph.names:
        yield Diagnostic(
            "E0308",
            f"the contract of `{shortened(path)}` names nothing",
            Label(expect.key_spans[path], "not a path of the network"),
            helps=did_you_mean(path, graph.names, so_far),
        )
        return
    if not isinstance(contract, Map):
        yield from _broken_shape(graph, path, contract, span)
        return
    if "shape" in contract:
        yield from _broken_shape(graph, path, contract["shape"], contract.value_spans["shape"])
    if not any(name in contract for name in COUNTS):
        return
    found = counts.at(path, peak="peak_activation_bytes" in contract)
    for name in COUNTS:
        if name in contract and found[name] != contract[name]:
            yield _differs(
                "E0602",
                f"`{name}` of {_subject(path)}",
                f"{contract[name]:,}",
                _text(found[name]),
                contract.value_spans[name],
            )


def _broken_shape(graph: Graph, path: str, contract: Any, span: Span) -> Iterator[Diagnostic]:
    actual = shape_text(graph.nodes[graph.names[path]].shape)
    if re.sub(r"\b0+(?=\d)", "", str(contract)) != actual:
        yield _differs("E0601", f"the shape of `{path}`", str(contract), actual, span)


def _differs(code: str, what: str, expected: str, actual: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code,
        f"{what} is {actual}, not {expected} as the contract says",
        Label(span, f"the network has {actual}"),
        helps=("fix the network, or state what it is now",),
    )


def _subject(path: str) -> str:
    return "the whole network" if path == TOTAL else f"`{path}`"


class _Counts:
    """The counts of a network's paths; what all of them need is counted once."""

    def __init__(self, loaded: LoadedSpec) -> None:
        self.network = loaded

    def at(self, path: str, peak: bool = True) -> Mapping[str, int | None]:
        """Counts of the whole network, of what a head needs, or of a block or layer.

        Args:
            peak: whether the peak of memory is asked for, which takes the longest.
        """
        graph = self.network.graph
        if path == TOTAL:
            return _whole(graph)
        head = self._by_name.get(path)
        if head is not None:
            bytes_ = self._heads.peak(head) if peak else None
            return {**_named(self._heads.cost(head)), "peak_activation_bytes": bytes_}
        # A further name of a layer stands for the layer.
        members = self._members.get(path) or [graph.names[path]]
        cost = total(self._each[index] for index in members)
        return {**_named(cost), "peak_activation_bytes": None}

    @cached_property
    def _by_name(self) -> Mapping[str, Head]:
        return {head.name: head for head in self.network.graph.heads}

    @cached_property
    def _heads(self) -> HeadCosts:
        return HeadCosts(self.network.graph, self._each)

    @cached_property
    def _each(self) -> Sequence[Cost]:
        return costs(self.network.graph)

    @cached_property
    def _members(self) -> Mapping[str, Sequence[int]]:
        """The layers at or below each path."""
        members: dict[str, list[int]] = {}
        for node in self.network.graph.nodes:
            path = node.path
            while path:
                members.setdefault(path, []).append(node.index)
                path = path.rpartition("/")[0]
        return members


def _whole(graph: Graph) -> dict[str, int | None]:
    return {**_named(total(costs(graph))), "peak_activation_bytes": peak_activation_bytes(graph)}


def _named(cost: Cost) -> dict[str, int | None]:
    return {name: value for name, value in cost._asdict().items() if name in COUNTS}


def _text(value: int | None) -> str:
    return "open" if value is None else f"{value:,}"
