"""The one match of a file with a network: by the scheme that explains most, then by structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.files.weight_file import WeightFile
from inceptionspec.weights.matching.held_names import HeldNames
from inceptionspec.weights.matching.plan import Plan, Request, Source, plan_by_names
from inceptionspec.weights.matching.structure import layouts_of, plans_by_structure
from inceptionspec.weights.naming import builtin_schemes

_LISTED = 3


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
    if not plans or plans[0].missing:
        layouts = layouts_of(file.format)
        by_order = plans_by_structure(graph, file.tensors, request, layouts)
        named = plans[0].assignment if plans else {}
        plans = [*(plan for plan in by_order if _agrees(plan, named)), *plans]
    if not plans:
        return None
    best = plans[0]
    alike: list[Plan] = []
    for plan in plans[1:]:
        known = [best.assignment, *(other.assignment for other in alike)]
        if _worth(plan) == _worth(best) and plan.assignment not in known:
            alike.append(plan)
    if alike and not best.missing:
        raise _several(best, alike, place)
    return best


def _agrees(plan: Plan, named: Mapping[tuple[int, str], Source]) -> bool:
    """Whether a match by order says what names say, as far as these go."""
    assigned = plan.assignment
    return all(
        assigned[key].name == source.name for key, source in named.items() if key in assigned
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


def _read(plan: Plan, key: tuple[int, str]) -> str:
    source = plan.assignment.get(key)
    if source is None or source.arranged is None:
        return "nothing"
    return " ".join((f"`{source.name}`", *source.arranged.conversions))
