"""A match carried out: the values of a file, converted, checked and reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import Diagnostic, spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.weights.files import WeightFile
from inceptionspec.weights.initial import initial_value
from inceptionspec.weights.matching.conversion import CannotFoldError, Converted, converted
from inceptionspec.weights.matching.findings import listed_names, not_finite, surplus
from inceptionspec.weights.matching.held_names import AVERAGE, HeldNames
from inceptionspec.weights.matching.left_over import is_of, left_over
from inceptionspec.weights.matching.plan import STATISTICS, LayerPlan, Plan, Request, plan_by_names
from inceptionspec.weights.matching.structure import RULE as ORDER
from inceptionspec.weights.matching.topology import RULE as TOPOLOGY
from inceptionspec.weights.options import WeightOptions
from inceptionspec.weights.report import FreshWeight, LoadedWeights, MatchReport, WeightMatch

#: At most so many elements are read at one time, so that memory holds little more than the arrays.
_AT_ONCE = 1 << 23
_SHOWN = 2


def read_plan(
    loaded: LoadedSpec,
    file: WeightFile,
    plan: Plan,
    options: WeightOptions,
    asked: frozenset[int],
    fresh: Mapping[int, str],
    place: Span,
) -> LoadedWeights:
    """The arrays of a match.

    Args:
        loaded: the network.
        file: the file.
        plan: a match in which nothing is missing.
        options: how the file is read.
        asked: the nodes that get arrays.
        fresh: nodes that start fresh, each with the option that says so.
        place: where findings point.

    Raises:
        SpecError: a gamma cannot be folded (E0702), or the file cannot be read (E0703).
    """
    graph = loaded.graph
    arrays: dict[tuple[str, str], Any] = {}
    matches: list[WeightMatch] = []
    started: list[FreshWeight] = []
    left_out: list[str] = []
    read = dict(_converted(file, plan, place))
    for index in sorted(asked):
        node = graph.nodes[index]
        for weight in node.weights:
            if index in read:
                layer = plan.layers[index]
                arrays[node.path, weight.name] = read[index].arrays[weight.name]
                matches.append(_match(layer, weight.name, read[index]))
            else:
                arrays[node.path, weight.name] = initial_value(node, weight)
                started.append(FreshWeight(node.path, weight.name, fresh.get(index, "")))
    for index, result in read.items():
        left_out += [plan.layers[index].sources[name].name for name in result.left_out]
    kinds = _left_over(file, plan, options, asked, fresh)
    broken = [match for match in matches if not _finite(arrays[match.path, match.weight])]
    warnings = _warnings(kinds, broken, place)
    scheme = plan.scheme
    notes = _notes(plan, options, left_out)
    report = MatchReport(
        file=place.source.name.removeprefix("--weights "),
        format=file.format,
        network=loaded.name,
        scheme=plan.rule,
        doc="" if scheme is None else scheme.doc,
        fronts=plan.fronts,
        matched=tuple(matches),
        fresh=tuple(started),
        left_out=tuple(left_out),
        left_over=kinds,
        notes=notes,
        caveats=() if scheme is None else scheme.notes,
    )
    return LoadedWeights(arrays, warnings, notes, report)


def _finite(array: Any) -> bool:
    return bool(np.isfinite(array).all())


def _converted(file: WeightFile, plan: Plan, place: Span) -> Iterator[tuple[int, Converted]]:
    """The arrays of every layer, read some layers at a time."""
    epsilon = None if plan.scheme is None else plan.scheme.epsilon
    for group in _groups(plan):
        values = file.read(source.name for _, layer in group for source in layer.sources.values())
        for index, layer in group:
            own = {weight: values[source.name] for weight, source in layer.sources.items()}
            try:
                yield index, converted(layer, own, layer.epsilon or epsilon)
            except CannotFoldError:
                name = layer.sources["gamma"].name
                message = f"`{name}` cannot be folded: it is 0 in places, or too large"
                helps = f"give `{layer.node.path}` a gamma: set `scale: true`"
                raise spec_error("E0702", message, place, helps) from None


def _groups(plan: Plan) -> Iterator[list[tuple[int, LayerPlan]]]:
    group: list[tuple[int, LayerPlan]] = []
    size = 0
    for index, layer in plan.layers.items():
        group.append((index, layer))
        size += sum(prod(source.stored.shape) for source in layer.sources.values())
        if size >= _AT_ONCE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _match(layer: LayerPlan, weight: str, result: Converted) -> WeightMatch:
    """Where a weight of a layer is from."""
    source = layer.sources.get(weight)
    if source is None and layer.folded_norm and weight == "beta":
        source = layer.sources["bias"]
    sources = () if source is None else (source.name,)
    return WeightMatch(layer.node.path, weight, sources, layer.rule, result.conversions[weight])


def _left_over(
    file: WeightFile,
    plan: Plan,
    options: WeightOptions,
    asked: frozenset[int],
    fresh: Mapping[int, str],
) -> Mapping[str, tuple[str, ...]]:
    """What is not read, by kind; what options leave out is none of it."""
    if not plan.layers:  # all of the network starts fresh
        return {}
    graph = plan.graph
    unasked = frozenset(node.index for node in graph.nodes) - plan.layers.keys()
    others: set[str] = set()
    skipped: set[str] = set()
    if plan.scheme is not None and unasked:
        held = HeldNames(file.tensors, average=options.average)
        for kind, indices in ((skipped, unasked & fresh.keys()), (others, unasked - fresh.keys())):
            for rest in plan_by_names(plan.scheme, graph, held, Request(indices)):
                if set(rest.fronts) <= set(plan.fronts) or not plan.fronts:
                    kind |= rest.consumed
    names = [
        name
        for name in file.tensors
        if name not in plan.consumed
        and name not in skipped
        and not any(is_of(name, pattern) for pattern in options.without)
    ]
    if options.average:
        names = [name for name in names if name.removesuffix(AVERAGE) not in skipped]
    return left_over(names, plan.consumed, plan.fronts, others)


def _warnings(
    kinds: Mapping[str, tuple[str, ...]], broken: list[WeightMatch], place: Span
) -> tuple[Diagnostic, ...]:
    found = []
    worth = {kind: names for kind, names in kinds.items() if kind != "`num_batches_tracked`"}
    if worth:
        found.append(surplus(dict(worth), place))
    if broken:
        names = [match.sources[0] if match.sources else match.path for match in broken]
        found.append(not_finite(list(dict.fromkeys(names)), place))
    return tuple(found)


def _structure_notes(plan: Plan) -> Iterator[str]:
    """What names did not say and structure did."""
    if plan.scheme is None:
        return
    for rule in (TOPOLOGY, ORDER):
        found = [
            f"`{layer.node.path}/{weight}` is `{source.name}`"
            for layer in plan.layers.values()
            for weight, source in layer.sources.items()
            if layer.rule == rule
        ]
        if found:
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            noun = "weight was" if len(found) == 1 else "weights were"
            shown = ", ".join(found[:_SHOWN])
            yield f"{len(found)} {noun} found by {rule}, not by name: {shown}{more}"


def _notes(plan: Plan, options: WeightOptions, left_out: list[str]) -> tuple[str, ...]:
    own = f"{plan.graph.checkpoint_scope}/"
    notes = [
        f"the arrays are under `{front}`" for front in plan.fronts[:1] if front not in ("", own)
    ]
    notes += [f"some arrays are under `{front}`" for front in plan.fronts[1:] if front]
    sources = [
        (weight, source.name)
        for layer in plan.layers.values()
        for weight, source in layer.sources.items()
    ]
    if options.average:
        averages = sum(name.endswith(AVERAGE) for _, name in sources)
        notes.append(f"{averages} of {len(sources)} arrays are moving averages")
        plain = [
            name for weight, name in sources if weight in STATISTICS and not name.endswith(AVERAGE)
        ]
        if plain:
            notes.append(
                f"{len(plain)} moving statistics have no average and are read as they are: "
                f"{listed_names(plain)}"
            )
    notes += _structure_notes(plan)
    if left_out:
        noun = "array does nothing and is" if len(left_out) == 1 else "arrays do nothing and are"
        notes.append(
            f"{len(left_out)} {noun} left out, as a gamma of 1 is: {listed_names(sorted(left_out))}"
        )
    return tuple(notes)
