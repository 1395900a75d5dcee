"""W0108: one layer with a large share of a cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.checks.warnings.places import place_of
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Node

#: A hot spot has more than one part in this many of a total, ...
HOT_PART = 4
#: ... in a network of at least this many layers: in a smaller one some layer always does.
HOT_FROM_LAYERS = 20


class _Measure(NamedTuple):
    """A cost: what each layer has of it, and all of them together; None where sizes are open.

    A ``shared`` cost is no sum: several layers can have most of it at one time.
    """

    name: str
    each: Sequence[int | None]
    whole: int | None
    attributes: tuple[str, ...]
    help: Callable[[Node, Graph], str]
    shared: bool = False


def hot_spots(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0108: where one layer has much of a cost, work on the others saves little.

    A tensor is most often live together with another one of its size. So a layer counts for
    the peak of memory only if no other layer has as large a share.
    """
    graph = loaded.graph
    overridden = loaded.settings.overridden
    notes = (f"measured under {listed(overridden)}",) if overridden else ()
    if len(graph.nodes) < HOT_FROM_LAYERS:
        return
    for measure in _measures(graph):
        whole = measure.whole
        if whole is None:
            continue
        hot = _over(measure.each, whole)
        if measure.shared and len(hot) > 1:
            continue
        for index, count in hot.items():
            layer = loaded.flat.layers[loaded.flat.names[graph.nodes[index].path]]
            if "W0108" in layer.allowed:
                continue
            yield Diagnostic(
                "W0108",
                f"`{layer.path}` has {100 * count / whole:.0f} % of {measure.name}",
                Label(place_of(layer, *measure.attributes), f"{count:,} of {whole:,}"),
                calls_of(layer),
                helps=(measure.help(graph.nodes[index], graph),),
                notes=notes,
            )


def _over(each: Sequence[int | None], whole: int) -> dict[int, int]:
    """The layers with a large share of a cost, and their parts; the input cannot be changed."""
    return {
        index: count
        for index, count in enumerate(each)
        if index and count is not None and count * HOT_PART > whole
    }


def _measures(graph: Graph) -> tuple[_Measure, ...]:
    each = costs(graph)
    whole = total(each)
    return (
        _Measure(
            "the MACs",
            [cost.macs for cost in each],
            whole.macs,
            ("filters", "units", "kernel"),
            _cheaper,
        ),
        _Measure(
            "the parameters",
            [cost.params for cost in each],
            whole.params,
            ("units", "filters", "kernel"),
            _smaller,
        ),
        _Measure(
            "the peak activation memory",
            [cost.activation_bytes for cost in each],
            peak_activation_bytes(graph),
            ("filters", "units", "stride"),
            _lighter,
            shared=True,
        ),
    )


def _cheaper(node: Node, graph: Graph) -> str:
    """What saves multiply-accumulates in a layer."""
    kernel = node.attributes.get("kernel", (1, 1))
    if node.op == "dense":
        return _smaller(node, graph)
    if "filters" not in node.attributes:
        return "narrow what it reads"
    if kernel == (1, 1):
        return (
            "give it fewer filters, or `groups`" if node.op == "conv" else "give it fewer filters"
        )
    if node.op != "conv" or 1 in kernel:
        return "narrow what it reads with a 1x1"
    return "narrow what it reads with a 1x1, or split its kernel in two"


def _lighter(node: Node, graph: Graph) -> str:
    """What saves memory in the tensor of a layer."""
    if "filters" in node.attributes:
        return "give it fewer filters, or a stride before it"
    return "narrow what it reads, or put a stride before it"


def _smaller(node: Node, graph: Graph) -> str:
    """What saves parameters in a layer."""
    source = graph.nodes[node.inputs[0]]
    if node.op == "dense":
        pooled = source.op != "flatten" or len(graph.nodes[source.inputs[0]].shape) != 3
        return "narrow what it reads" if pooled else "pool or narrow the map before it is flattened"
    return _cheaper(node, graph)
