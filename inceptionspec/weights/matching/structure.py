"""Matching where names say nothing: by the order of the file and by shapes.

Order is the only evidence then, so that the whole sequence must agree: every array of the file
must fit a layer, every layer must get its arrays, in the same order. What fits in several orders
or layouts is a tie, and left to the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.matching.plan import (
    LayerPlan,
    Plan,
    Request,
    Source,
    final_layers,
    settle_absent,
    source_of,
)
from inceptionspec.weights.naming.scheme import Layout

RULE = "order and shape"
_NUMBERS = re.compile(r"([0-9]+)")
_COUNTERS = re.compile(r"(num_batches_tracked|global_step|iterations|seed)$")
_LAYOUTS: tuple[Layout, ...] = ("tensorflow", "torch")
#: The weights of a layer after its kernels, by how many vectors there are: those of Keras and
#: PyTorch, which agree.
_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_VECTORS: Mapping[int, tuple[tuple[str, ...], ...]] = {
    0: ((),),
    1: (("bias",),),
    3: (_NORM[1:],),
    4: (_NORM, ("bias", *_NORM[1:])),
    5: (("bias", *_NORM),),
}
#: What the last element of a name says of a norm's vector.
_SAID: Mapping[str, str] = {
    **{name: name for name in _NORM},
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def layouts_of(file_format: str) -> tuple[Layout, ...]:
    """The layouts that kernels can have in a file of a format."""
    for word, layout in (("pytorch", 1), ("onnx", 1), ("tensorflow", 0), ("keras", 0)):
        if word in file_format.lower():
            return (_LAYOUTS[layout],)
    return _LAYOUTS


def plans_by_structure(
    graph: Graph,
    tensors: Mapping[str, StoredTensor],
    request: Request,
    layouts: Sequence[Layout] = _LAYOUTS,
) -> Iterator[Plan]:
    """Every way in which a whole sequence of arrays agrees with the layers that are asked for."""
    nodes = [node for node in graph.nodes if node.weights and node.index in request.asked]
    names = [name for name, stored in tensors.items() if stored.shape and stored.is_floating
             and not _COUNTERS.search(name)]  # fmt: skip
    if len(names) < len(nodes):
        return
    orders = {"the order of the file": names, "the order of names": sorted(names, key=_natural)}
    seen: list[Mapping[tuple[int, str], Source]] = []
    for what, order in orders.items():
        for layout in layouts:
            layers = _aligned(graph, nodes, order, tensors, layout, request)
            if layers is None:
                continue
            plan = Plan(graph, what, None, (), layers, consumed=set(names))
            settle_absent(layers.values())
            if not plan.missing and plan.assignment not in seen:
                seen.append(plan.assignment)
                yield plan


def _natural(name: str) -> list[tuple[int, str]]:
    """Names in the order in which people count: `a_2` before `a_10`."""
    return [
        (int(part), "") if part.isdigit() else (-1, part) for part in _NUMBERS.split(name) if part
    ]


def _aligned(
    graph: Graph,
    nodes: Sequence[Node],
    names: Sequence[str],
    tensors: Mapping[str, StoredTensor],
    layout: Layout,
    request: Request,
) -> dict[int, LayerPlan] | None:
    """Layers and arrays in step; None where one does not fit or any is left."""
    finals = final_layers(graph)
    layers: dict[int, LayerPlan] = {}
    at = 0
    for node in nodes:
        plan = LayerPlan(node, RULE)
        for weight in node.weights:
            if "kernel" not in weight.name:
                continue
            if at >= len(names):
                return None
            stored = tensors[names[at]]
            source = source_of(layout, graph, node, weight.name, names[at], stored,
                               finals.get(node.index), request.drop_background)  # fmt: skip
            if source.arranged is None and source.classes is None:
                return None
            plan.sources[weight.name] = source
            at += 1
        vectors = []
        while at < len(names) and len(tensors[names[at]].shape) == 1:
            vectors.append(names[at])
            at += 1
        roles = _roles(node, vectors)
        if roles is None:
            return None
        for role, name in zip(roles, vectors, strict=True):
            source = source_of(layout, graph, node, role, name, tensors[name],
                               finals.get(node.index), request.drop_background)  # fmt: skip
            if source.arranged is None and source.classes is None:
                return None
            plan.sources[role] = source
        layers[node.index] = plan
    return layers if at == len(names) else None


def _roles(node: Node, vectors: Sequence[str]) -> tuple[str, ...] | None:
    """What the vectors after a kernel are: by how many there are, and what the layer has."""
    if node.op == "batch_norm" and len(vectors) not in (3, 4):
        return None
    if "norm" not in node.attributes and node.op != "batch_norm":
        own = {weight.name for weight in node.weights}
        ordered = [name for name in ("gamma", "beta", "mean", "variance", "alpha") if name in own]
        return tuple(ordered) if len(ordered) == len(vectors) else None
    words = [re.split(r"[/.]", name)[-1].removesuffix(":0") for name in vectors]
    if any(_SAID.get(word) in _NORM[2:] for word in words):
        said = tuple(_SAID.get(word, "") for word in words)
        return said if len({*said} - {""}) == len(said) else None
    has = {weight.name for weight in node.weights}
    choices = _VECTORS.get(len(vectors), ())
    fitting = [roles for roles in choices if set(roles) <= has] or list(choices)
    if not choices or (len(fitting) > 1 and "gamma" not in has):
        return None
    return fitting[0]
