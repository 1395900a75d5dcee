"""From a file of weights to the arrays of a network."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.files import WeightFile, open_weights
from inceptionspec.weights.matching.choose import best_plan
from inceptionspec.weights.matching.findings import (
    findings_of,
    no_averages,
    nothing_dropped,
    nothing_fits,
)
from inceptionspec.weights.matching.held_names import AVERAGE
from inceptionspec.weights.matching.left_over import is_of
from inceptionspec.weights.matching.plan import Plan, Request
from inceptionspec.weights.options import DEFAULT_WEIGHT_OPTIONS, WeightOptions
from inceptionspec.weights.read_plan import read_plan
from inceptionspec.weights.report import LoadedWeights
from inceptionspec.weights.transfer import from_base

__all__ = ["DEFAULT_WEIGHT_OPTIONS", "LoadedWeights", "WeightOptions", "load_weights"]


def load_weights(
    loaded: LoadedSpec,
    file: str,
    options: WeightOptions = DEFAULT_WEIGHT_OPTIONS,
    nodes: Iterable[int] | None = None,
) -> LoadedWeights:
    """The arrays of some nodes of a network, from a file of any known format.

    A file that does not fit a variant is tried against its bases, and their weights follow the
    edit. Every weight of the nodes has an array, float32 in TensorFlow's layout: what the file does
    not give and the options allow to miss starts fresh.

    Args:
        loaded: the network.
        file: a file of weights.
        options: how it is read.
        nodes: the numbers of the nodes; all of them by default.

    Raises:
        SpecError: weights are missing (E0701), do not fit (E0702), or fit in several ways
            (E0711), the file cannot be read (E0703), or an option names nothing (E0806).
    """
    place = external(f"--weights {file}")
    return weights_of(loaded, open_weights(file, place), options, nodes, place)


def weights_of(
    loaded: LoadedSpec,
    file: WeightFile,
    options: WeightOptions,
    nodes: Iterable[int] | None,
    place: Span,
) -> LoadedWeights:
    """The same from a file that is open; findings point at a place."""
    graph = loaded.graph
    asked = frozenset(range(len(graph.nodes)) if nodes is None else nodes)
    fresh = fresh_nodes(graph, file, options)
    try:
        plan = matched(loaded, file, options, asked - fresh.keys(), place)
    except SpecError as misfit:
        return _from_base(loaded, file, options, asked, fresh, place, misfit)
    return read_plan(loaded, file, plan, options, asked, fresh, place)


def _from_base(
    loaded: LoadedSpec,
    file: WeightFile,
    options: WeightOptions,
    asked: frozenset[int],
    fresh: Mapping[int, str],
    place: Span,
    misfit: SpecError,
) -> LoadedWeights:
    """The same from a file of one of the network's bases.

    Raises:
        SpecError: the misfit of the network itself, with why the bases do not fit either.
    """
    own = options._replace(fresh=(), without=())
    why: dict[str, str] = {}

    def read(base: LoadedSpec, nodes: Collection[int]) -> LoadedWeights:
        wanted = frozenset(nodes)
        try:
            plan = matched(base, file, own, wanted, place)
            return read_plan(base, file, plan, own, wanted, {}, place)
        except SpecError as error:
            if base.source.name != loaded.source.name:
                why.setdefault(base.name, error.findings[0].message)
            raise

    found = from_base(loaded, asked, read, fresh)
    if found is not None and found[0].took_any:
        transferred, source = found
        return source._replace(arrays=transferred.arrays, transferred=transferred)
    if found is not None:
        why = {found[0].base: "it fits, but no layer here takes weights from it"}
    notes = [f"the base `{name}`: {message}" for name, message in why.items()]
    first, *others = misfit.findings
    first = dataclasses.replace(first, notes=(*first.notes, *notes))
    raise SpecError([first, *others], misfit.complete)


def matched(
    loaded: LoadedSpec,
    file: WeightFile,
    options: WeightOptions,
    asked: frozenset[int],
    place: Span,
) -> Plan:
    """The match of a file with a network, in which nothing is missing.

    Raises:
        SpecError: as ``load_weights``, but for values.
    """
    if options.average and not any(name.endswith(AVERAGE) for name in file.tensors):
        raise SpecError([no_averages(place)])
    request = Request(asked, options.average, options.drop_background)
    plan = best_plan(loaded.graph, file, request, place)
    if plan is None and any(loaded.graph.nodes[index].weights for index in asked):
        raise SpecError([nothing_fits(loaded, file, place)])
    if plan is None:
        return Plan(loaded.graph, "nothing", None, (), {})
    findings = findings_of(plan, loaded, place)
    if options.drop_background and not findings:
        findings += filter(None, [nothing_dropped(plan, place)])
    if findings:
        raise SpecError(findings)
    return plan


def fresh_nodes(graph: Graph, file: WeightFile, options: WeightOptions) -> dict[int, str]:
    """The nodes that start fresh by an option, each with that option.

    Raises:
        SpecError: an option names nothing (E0806).
    """
    found: dict[int, str] = {}
    for option, patterns in (("--fresh", options.fresh), ("--without", options.without)):
        for pattern in patterns:
            part = path_pattern(pattern)
            members = [node.index for node in graph.nodes if part.fullmatch(node.path)]
            in_file = option == "--without" and any(is_of(name, pattern) for name in file.tensors)
            if not members and not in_file:
                raise _names_nothing(graph, option, pattern)
            for index in members:
                found.setdefault(index, f"{option} {pattern}")
    return found


def path_pattern(text: str) -> re.Pattern[str]:
    """A path and all below it; ``*`` stands for any characters of an element."""
    parts = (re.escape(part) for part in text.strip("/").split("*"))
    return re.compile("[^/]*".join(parts) + "(/.*)?")


def _names_nothing(graph: Graph, option: str, pattern: str) -> SpecError:
    known = {part for node in graph.nodes for part in (node.path, node.path.partition("/")[0])}
    known |= {head.name for head in graph.heads}
    where = "" if option == "--fresh" else ", nor has the file"
    message = f"`{graph.name}` has no part `{pattern}`{where}"
    return spec_error("E0806", message, f"{option} {pattern}", *did_you_mean(pattern, known))
