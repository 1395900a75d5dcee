"""The one match of a file with a network: by the scheme that explains most, then by structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.files.weight_file import WeightFile
from inceptionspec.weights.matching.findings import listed_names
from inceptionspec.weights.matching.held_names import HeldNames
from inceptionspec.weights.matching.left_over import is_state
from inceptionspec.weights.matching.plan import LayerPlan, Plan, Request, Source, plan_by_names
from inceptionspec.weights.matching.structure import layouts_of, plans_by_structure
from inceptionspec.weights.matching.topology import Tie, by_topology
from inceptionspec.weights.naming import builtin_schemes

_LISTED = 3
_OF_BYTES = "/of_bytes/"
"""In the names of what our ONNX models hold with a preprocessing folded in."""
#: Names that give less than this share of what the file's graph gives are there by chance.
_LEAST_SHARE = 0.5


def best_plan(
    graph: Graph,
    file: WeightFile,
    request: Request,
    place: Span,
) -> Plan | None:
    """The match that gives most weights; None where nothing of the file is of the network.

    Raises:
        SpecError: two matches give all weights, and not the same ones (E0711).
    """
    held = HeldNames(file.tensors, average=request.average)
    plans = [
        plan
        for scheme in builtin_schemes()
        if scheme.format in file.format
        for plan in plan_by_names(scheme, graph, held, request)
    ]
    plans.sort(key=_worth, reverse=True)
    ties: Sequence[Tie] = ()
    # A kernel with a scale folded in fits by structure, and is not the network's.
    is_changed = any(_OF_BYTES in name for name in file.tensors)
    if not is_changed and (not plans or not plans[0].is_named):
        plans, ties = _with_structure(plans, graph, file, request)
    if not plans:
        return None
    best = plans[0]
    if best.missing and ties:
        raise _tied(graph.name, ties, place)
    alike: list[Plan] = []
    for plan in plans[1:]:
        known = [best.assignment, *(other.assignment for other in alike)]
        if _worth(plan) == _worth(best) and plan.assignment not in known:
            alike.append(plan)
    if alike and not best.missing:
        raise _several(best, alike, place)
    return best


def _with_structure(
    plans: list[Plan], graph: Graph, file: WeightFile, request: Request
) -> tuple[list[Plan], Sequence[Tie]]:
    """The matches by names and by structure, the best first, and what structure cannot tell.

    What a file's graph says is believed before numbers, which say an order, and before any other
    order.
    """
    found = by_topology(graph, file, request)
    proven = {} if found is None else found.plan.assignment
    least = 0 if found is None else _LEAST_SHARE * found.plan.found
    plans = [
        plan
        for plan in plans
        if plan.found >= least and (not plan.is_counted or _agrees(plan, proven))
    ]
    for number, plan in enumerate(plans):
        if plan.missing and _worth(plan) == _worth(plans[0]):
            rest = _rest_by_order(plan, file, request) if found is None else found.plan.layers
            plans[number] = plan.completed(rest)
    plans.sort(key=_worth, reverse=True)
    if found is not None and (not plans or _worth(found.plan) > _worth(plans[0])):
        plans.insert(0, found.plan)
    if not plans or plans[0].missing:
        layouts = layouts_of(file.format)
        by_order = plans_by_structure(graph, file.tensors, request, layouts)
        named = {**(plans[0].assignment if plans else {}), **proven}
        plans = [*(plan for plan in by_order if _agrees(plan, named)), *plans]
    return plans, () if found is None else found.ties


def _rest_by_order(plan: Plan, file: WeightFile, request: Request) -> Mapping[int, LayerPlan]:
    """What a match by names leaves of a file, for the heads that it leaves of a network."""
    nodes = [layer.node for layer in plan.layers.values() if not layer.sources]
    if not all(node.head for node in nodes):
        return {}
    names = [name for name in file.tensors if name not in plan.consumed and not is_state(name)]
    tensors = {name: file.tensors[name] for name in names}
    request = request._replace(asked=frozenset(node.index for node in nodes))
    found = list(plans_by_structure(plan.graph, tensors, request, layouts_of(file.format)))
    return found[0].layers if len(found) == 1 else {}


def _agrees(plan: Plan, known: Mapping[tuple[int, str], Source]) -> bool:
    """Whether a match by order says what names or a graph say, as far as these go."""
    assigned = plan.assignment
    return all(
        assigned[key].name == source.name for key, source in known.items() if key in assigned
    )


def _worth(plan: Plan) -> tuple[int, int]:
    return plan.found, plan.fitting


def _several(best: Plan, alike: Sequence[Plan], place: Span) -> Exception:
    """The error of a tie: what each match would read first where they differ."""
    notes = []
    for other in alike[:_LISTED]:
        key = next(
            key for key, source in best.assignment.items() if other.assignment.get(key) != source
        )
        path = best.graph.nodes[key[0]].path
        notes.append(
            f"`{path}/{key[1]}` would be {_read(best, key)} by {best.rule}, "
            f"or {_read(other, key)} by {other.rule}"
        )
    return spec_error(
        "E0711",
        f"the file holds the weights of `{best.graph.name}` in {len(alike) + 1} ways, "
        "and which is meant cannot be told",
        place,
        "write a file that holds the one that you mean",
        notes=tuple(notes),
    )


def _tied(network: str, ties: Sequence[Tie], place: Span) -> Exception:
    """The error of layers that a file's graph does not tell apart."""
    notes = [
        f"{listed_names(tie.paths)}: {listed_names(tie.names)}, which have one shape and one place"
        for tie in ties[:_LISTED]
    ]
    layers = sum(len(tie.paths) for tie in ties)
    noun = "a layer" if layers == 1 else f"{layers} layers"
    return spec_error(
        "E0711",
        f"for {noun} of `{network}` the file holds several of the same shape at the same place, "
        "and which is meant cannot be told",
        place,
        "call the layers of the file by the paths of the network",
        notes=tuple(notes),
    )


def _read(plan: Plan, key: tuple[int, str]) -> str:
    source = plan.assignment.get(key)
    if source is None or source.arranged is None:
        return "nothing"
    return " ".join((f"`{source.name}`", *source.arranged.conversions))
