"""Advice on what is computed: layers, windows, branches, biases and costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.checks.warnings.allow import watched
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.expansion.tree import Layer, Scope, join
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.shape_errors import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import size_text

#: A hot spot has more than one part in so many of a total, ...
HOT_PART = 4
#: ... in a network of at least so many layers: in a smaller one some layer always does.
HOT_FROM_LAYERS = 20
#: A finding about many dead layers names so many.
_NAMED = 3


# Dead layers


class _Unit(NamedTuple):
    """A layer, or a call or part of which every layer is dead."""

    path: str
    place: Span
    called_at: tuple[Span, ...]


def dead_layers(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0103: layers that lead nowhere are trained by nothing, yet take time and memory.

    A network without heads is a trunk for others to use: all of it is meant. All dead
    layers are one finding, since they are dead for one reason, as a rule.
    """
    flat = loaded.flat
    if not flat.heads:
        return
    ends = [head.output if head.predictions is None else head.predictions for head in flat.heads]
    ends += [flat.names[name] for name in loaded.spec.end_points]
    needed = set(ancestors(flat.layers, ends))
    dead = {
        layer.path
        for index, layer in enumerate(flat.layers)
        if index not in needed and layer.inputs and "W0103" not in layer.allowed
    }
    if not dead:
        return
    _, units = _dead_units(loaded.tree, "", dead)
    names = [unit.path for unit in units]
    more = len(names) - _NAMED
    what = f"`{'`, `'.join(names[:_NAMED])}` and {more} more" if more > 0 else listed(names)
    first, *others = units[:_NAMED]
    yield Diagnostic(
        "W0103",
        f"no head needs {what}",
        Label(first.place, "computed for nothing"),
        (
            *(Label(unit.place, "and this") for unit in others),
            *(Label(span, "called here") for span in first.called_at),
        ),
        helps=("remove it, let a head read it, or name it under `end_points`",),
    )


def _dead_units(scope: Scope, path: str, dead: set[str]) -> tuple[bool, list[_Unit]]:
    """Whether everything in a scope is dead, and the outermost things inside that are."""
    units: list[_Unit] = []
    whole = True
    for child in [*scope.children, *([scope.merge] if scope.merge else [])]:
        own = join(path, child.name)
        unit = _Unit(own, _name_of(child.item), child.called_at)
        if isinstance(child, Layer):
            inside, found = own in dead, [unit] if own in dead else []
        else:
            inside, found = _dead_units(child, own, dead)
            if inside and found and child.name and child.kind != "branch":
                found = [unit]
        whole = whole and inside
        units += found
    return whole, units


def _name_of(item: Map) -> Span:
    """The smallest place that tells which entry is meant."""
    named = next((key for key in ("name", "op", "block") if key in item.value_spans), None)
    return item.value_spans[named] if named else item.span


# Windows


def dropped_rows(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0104: pixels at one edge of a map that no window reads are thrown away unseen.

    One row or column is the usual remainder of a stride of 2, and is let pass.
    """
    for layer, node in watched(loaded, "W0104"):
        if node.attributes.get("padding") != "valid":
            continue
        shape = loaded.graph.nodes[node.inputs[0]].shape
        dropped = [_remainder(node, shape[axis], axis) for axis in (0, 1)]
        words = [
            f"{count} {noun}"
            for count, noun in zip(dropped, ("rows", "columns"), strict=True)
            if count > 1
        ]
        if words:
            yield Diagnostic(
                "W0104",
                f"the last {' and '.join(words)} of the input of {_called(layer)} are never read",
                Label(
                    _place(layer, "padding", "stride", "kernel"),
                    f"the map is {size_text(shape)} here",
                ),
                calls_of(layer),
                helps=("set `padding: same`, or take a kernel and a stride that reach the edge",),
            )


def _remainder(node: Node, size: int | None, axis: int) -> int:
    """How many pixels lie behind the last window of an axis; 0 where the size is open."""
    if size is None:
        return 0
    dilation = node.attributes.get("dilation", (1, 1))[axis]
    reach = dilation * (node.attributes["kernel"][axis] - 1) + 1
    return int((size - reach) % node.attributes["stride"][axis])


# Branches


def copied_branches(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0105: a branch pasted and not changed costs twice, and sees nothing that its twin does not.

    Branches that hand on what comes in have no layer to repeat.
    """
    numbers = _computations(loaded.graph)
    for layer, node in watched(loaded, "W0105"):
        if layer.fork is None:
            continue
        first: dict[int, int] = {}
        for branch, (end, source) in enumerate(zip(layer.inputs, node.inputs, strict=True)):
            twin = first.setdefault(numbers[source], branch)
            if twin == branch or end == layer.fork:
                continue
            yield Diagnostic(
                "W0105",
                f"`{layer.branches[branch]}` is a copy of `{layer.branches[twin]}`",
                Label(layer.branch_places[branch], "the same layers with the same attributes"),
                (Label(layer.branch_places[twin], "as here"), *calls_of(layer)),
                helps=("give it other layers or attributes, or remove it and widen its twin",),
            )


def _computations(graph: Graph) -> list[int]:
    """A number for each node, the same for nodes that compute the same of the same input."""
    known: dict[Any, int] = {}
    numbers: list[int] = []
    for node in graph.nodes:
        inputs = tuple(numbers[index] for index in node.inputs)
        key = (node.op, inputs, tuple(map(_hashable, node.attributes.values())))
        numbers.append(known.setdefault(key, node.index))
    return numbers


def _hashable(value: Any) -> Any:
    """A settled attribute as part of a key: of these, a norm alone is a mapping."""
    return tuple(value.items()) if isinstance(value, dict) else value


# Biases


def canceled_biases(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0106: a batch norm subtracts the mean, and with it any bias that was added before."""
    readers = _readers(loaded.graph)
    for layer, node in watched(loaded, "W0106"):
        if "norm" not in node.attributes or not node.attributes["bias"]:
            continue
        if node.attributes["norm"] is not None:
            norm = layer.place("norm")
        elif node.attributes["activation"] is None:
            norm = _norm_behind(loaded, readers[node.index])
        else:
            continue
        if norm is None:
            continue
        written = layer.place("bias")
        # What `defaults` gives to every layer is said once, and not of a layer.
        calls = () if written and "bias" not in layer.item else calls_of(layer)
        yield Diagnostic(
            "W0106",
            "a bias under a batch norm changes nothing",
            Label(
                written or _name_of(layer.item),
                "the norm subtracts it again" if written else "it has a bias unless told not to",
            ),
            (Label(norm, "the norm"), *calls),
            helps=("set `bias: false`",),
        )


def _norm_behind(loaded: LoadedSpec, readers: Sequence[Node]) -> Span | None:
    """Where the batch norm is written that alone reads a layer, if one does."""
    if not readers or any(reader.op != "batch_norm" for reader in readers):
        return None
    flat = loaded.flat
    return _name_of(flat.layers[flat.names[readers[0].path]].item)


def _readers(graph: Graph) -> list[list[Node]]:
    """The nodes that read each node."""
    readers: list[list[Node]] = [[] for _ in graph.nodes]
    for node in graph.nodes:
        for index in node.inputs:
            readers[index].append(node)
    return readers


# Costs


class _Measure(NamedTuple):
    """A cost, what each layer has of it, and what all have: None where sizes are open.

    One that is ``shared`` is no sum: several layers can have most of it at one time.
    """

    name: str
    each: Sequence[int | None]
    whole: int | None
    attributes: tuple[str, ...]
    help: str
    shared: bool = False


def hot_spots(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0108: where one layer has much of a cost, work on the others saves little.

    A tensor is most often live together with another one of its size, so that of the peak
    memory a layer counts that has so much of it as no other layer has.
    """
    graph = loaded.graph
    turned = loaded.settings.overridden
    notes = (f"measured under {listed(turned)}",) if turned else ()
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
                Label(_place(layer, *measure.attributes), f"{count:,} of {whole:,}"),
                calls_of(layer),
                helps=(measure.help,),
                notes=notes,
            )


def _over(each: Sequence[int | None], whole: int) -> dict[int, int]:
    """What the layers have that have much of a cost; the input is no layer to change."""
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
            "narrow what it reads with a 1x1, or split its kernel in two",
        ),
        _Measure(
            "the parameters",
            [cost.params for cost in each],
            whole.params,
            ("units", "filters", "kernel"),
            "narrow or pool what it reads",
        ),
        _Measure(
            "the peak activation memory",
            [cost.activation_bytes for cost in each],
            peak_activation_bytes(graph),
            ("filters", "units", "stride"),
            "give it fewer filters, or a stride before it",
            shared=True,
        ),
    )


# Words and places


def _called(layer: FlatLayer) -> str:
    """What a layer is called where it is written, which is the same for every call."""
    return f"`{layer.item['name']}`" if "name" in layer.item else f"this `{layer.op.name}`"


def _place(layer: FlatLayer, *attributes: str) -> Span:
    """Where the first of some attributes is written in the layer, or what names the layer."""
    written = next((name for name in attributes if name in layer.item), None)
    return layer.place(written) or _name_of(layer.item)
