"""Contracts and budgets: what a spec says of itself, held against what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from inceptionspec.analyses.costs import Cost, costs, total
from inceptionspec.analyses.memory import peak_activation_bytes
from inceptionspec.diagnostics import Diagnostic, Label, did_you_mean
from inceptionspec.document import Map, shortened
from inceptionspec.graph import Graph
from inceptionspec.language import COUNTS, TOTAL
from inceptionspec.link import link
from inceptionspec.network import Network, load_source
from inceptionspec.ops.record import shape_text
from inceptionspec.source import Span


def broken_contracts(network: Network) -> list[Diagnostic]:
    """Where ``expect`` differs from the network, at the contract's line.

    It is tested at the spec's own arguments, input and width, with all heads, so that a
    network that was read under other knobs is not tested.
    """
    expect = network.spec.expect
    if expect is None or network.knobs.turned:
        return []
    if network.knobs.heads:
        network = load_source(network.source, type(network.knobs)())
    return [finding for path in expect for finding in _broken(network, expect, path)]


def untested_contracts(network: Network) -> str:
    """The note that contracts were not tested, and why; empty where they were."""
    turned = network.knobs.turned
    if network.spec.expect is None or not turned:
        return ""
    return (
        f"contracts hold for the spec's own settings and are not tested under {', '.join(turned)}"
    )


def exceeded_budgets(network: Network) -> list[Diagnostic]:
    """Which totals, all heads counted, are beyond the budget; tested under any knobs."""
    budget = network.spec.budget
    if not budget:
        return []
    found = _counts(network.graph)
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
                        f"the network has {actual:,}, {actual - bound:,.0f} more",
                    ),
                    helps=("make the network smaller, or raise the budget",),
                )
            )
    return findings


def _broken(network: Network, expect: Map, path: str) -> Iterator[Diagnostic]:
    contract, span = expect[path], expect.value_spans[path]
    graph = network.graph
    if path != TOTAL and path not in graph.names:
        yield Diagnostic(
            "E0308",
            f"the contract of `{shortened(path)}` names nothing",
            Label(expect.key_spans[path], "not a path of the network"),
            helps=did_you_mean(path, graph.names),
        )
        return
    if not isinstance(contract, Map):
        yield from _broken_shape(graph, path, contract, span)
        return
    if "shape" in contract:
        yield from _broken_shape(graph, path, contract["shape"], contract.value_spans["shape"])
    if not any(name in contract for name in COUNTS):
        return
    found = _counts_at(network, path)
    for name in COUNTS:
        if name in contract and found[name] != contract[name]:
            yield _differs(
                "E0602",
                f"{path}: {name}",
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
        helps=("mend the network, or state what it is now",),
    )


def _counts_at(network: Network, path: str) -> dict[str, int | None]:
    """Counts of the whole network, of what a head needs, or of a block or layer."""
    graph = network.graph
    if path == TOTAL:
        return _counts(graph)
    if any(head.name == path for head in graph.heads):
        return _counts(link(network.plan, (path,)))
    each = costs(graph)
    members = [n.index for n in graph.nodes if n.path == path or n.path.startswith(f"{path}/")]
    # A further name of a layer stands for the layer.
    cost = total(each[index] for index in members or [graph.names[path]])
    return {**_named(cost), "peak_activation_bytes": None}


def _counts(graph: Graph) -> dict[str, int | None]:
    return {**_named(total(costs(graph))), "peak_activation_bytes": peak_activation_bytes(graph)}


def _named(cost: Cost) -> dict[str, int | None]:
    return {name: value for name, value in cost._asdict().items() if name in COUNTS}


def _text(value: int | None) -> str:
    return "open" if value is None else f"{value:,}"
