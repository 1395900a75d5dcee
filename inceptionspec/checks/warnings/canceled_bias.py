"""W0106: a bias that the norm after it subtracts again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.checks.warnings.allow import watched
from inceptionspec.checks.warnings.places import name_of_entry
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Node


def canceled_biases(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0106: a batch norm subtracts the mean, and with it any bias that was added before."""
    readers = _readers(loaded.graph)
    for layer, node in watched(loaded, "W0106"):
        if "norm" not in node.attributes or not node.attributes["bias"]:
            continue
        if node.attributes["norm"] is not None:
            norm = layer.place("norm")
        elif node.attributes["activation"] is None:
            norm = _norm_after(loaded, readers[node.index])
        else:
            continue
        if norm is None:
            continue
        written = layer.place("bias")
        # What `defaults` gives to every layer is reported once, not for each layer.
        calls = () if written and "bias" not in layer.item else calls_of(layer)
        yield Diagnostic(
            "W0106",
            "a bias under a batch norm changes nothing",
            Label(
                written or name_of_entry(layer.item),
                "the norm subtracts it again" if written else "it has a bias by default",
            ),
            (Label(norm, "the norm"), *calls),
            helps=("set `bias: false`",),
        )


def _norm_after(loaded: LoadedSpec, readers: Sequence[Node]) -> Span | None:
    """Where the batch norm is written that is the only reader of a layer, if there is one."""
    if not readers or any(reader.op != "batch_norm" for reader in readers):
        return None
    flat = loaded.flat
    return name_of_entry(flat.layers[flat.names[readers[0].path]].item)


def _readers(graph: Graph) -> list[list[Node]]:
    """The nodes that read each node."""
    readers: list[list[Node]] = [[] for _ in graph.nodes]
    for node in graph.nodes:
        for index in node.inputs:
            readers[index].append(node)
    return readers
