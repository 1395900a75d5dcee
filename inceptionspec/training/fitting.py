"""A recipe and a network: what each head weighs, which layers a pattern means, what is frozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.patterns import NOT, matching, nearest, split
from inceptionspec.frontend.language.recipe_forms import BODY, HEADS
from inceptionspec.ir.graph import Graph
from inceptionspec.training.recipe import Recipe, Selection


@dataclass(frozen=True, slots=True)
class HeadTerm:
    """One head's part of the loss; ``path`` is that of its logits."""

    head: str
    path: str
    weight: float
    label_smoothing: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A recipe for one network.

    Attributes:
        recipe: what is done.
        graph: the network, with the recipe's dropout.
        terms: the heads in the loss, in the spec's order: those with a weight above 0.
        frozen: the paths of the layers that each phase freezes, by the phase's name.
        new: the paths of the layers that start anew, whatever the initial weights are.
    """

    recipe: Recipe
    graph: Graph
    terms: tuple[HeadTerm, ...]
    frozen: Mapping[str, frozenset[str]]
    new: frozenset[str]


def fit(recipe: Recipe, graph: Graph) -> Fitted:
    """A recipe for a network.

    Raises:
        SpecError: it names heads or layers that the network does not have (E0901), or leaves
            nothing to train (E0903).
    """
    findings = Findings()
    findings += _unknown_heads(recipe, graph)
    frozen = {}
    for number, phase in enumerate(recipe.phases):
        place = _phase_place(recipe, number, "freeze")
        frozen[phase.name] = _selected(phase.freeze, graph, recipe, place, findings)
    new_place = "initial_weights.new"
    new = _selected(recipe.initial_weights.new, graph, recipe, new_place, findings)
    terms = tuple(term for term in _terms(recipe, graph) if term.weight > 0)
    if not findings:
        findings += _nothing(recipe, graph, terms, frozen)
    if findings:
        raise SpecError(findings)
    return Fitted(recipe, _with_dropout(graph, recipe.dropout), terms, frozen, new)


def _terms(recipe: Recipe, graph: Graph) -> Iterator[HeadTerm]:
    for head in graph.heads:
        said = recipe.loss.of(head.name)
        auxiliary = None if head.name == graph.main else recipe.loss.auxiliary
        default = 1.0 if head.name == graph.main else 0.0
        smoothing = _first(
            said.label_smoothing, recipe.loss.label_smoothing, default=head.label_smoothing
        )
        weight = _first(said.weight, auxiliary, head.loss_weight, default=default)
        yield HeadTerm(head.name, graph.nodes[head.output].path, weight, smoothing)


def _first(*values: float | None, default: float) -> float:
    return next((value for value in values if value is not None), default)


def _unknown_heads(recipe: Recipe, graph: Graph) -> Iterator[Diagnostic]:
    names = [head.name for head in graph.heads]
    if not names:
        yield finding(
            "E0901",
            f"`{graph.name}` has no head, and training needs a loss",
            graph.nodes[-1].origin.span,
            "add a head under `heads`",
            label="the last layer has no loss",
        )
        return
    for said in recipe.loss.heads:
        if said.name not in names:
            yield finding(
                "E0901",
                f"`{graph.name}` has no head `{shortened(said.name)}`",
                _place(recipe, f"loss.heads.{said.name}"),
                *(did_you_mean(said.name, names) or (f"its heads are {listed(names)}",)),
                "`auxiliary` weighs every head but the main one, in any network",
                label="not a head of this network",
            )


def _selected(
    selection: Selection, graph: Graph, recipe: Recipe, place: str, findings: Findings
) -> frozenset[str]:
    """The paths of layers that a selection means; a pattern means all that is inside, too.

    What exclusions match is taken from what the other patterns mean, wherever they stand.
    """
    in_heads = {index for head in graph.heads for index in head.members}
    if selection.part == HEADS:
        return frozenset(graph.nodes[index].path for index in in_heads)
    if selection.part == BODY:
        return frozenset(node.path for node in graph.nodes if node.index not in in_heads)
    layers = [node.path for node in graph.nodes]
    scopes = list(dict.fromkeys(scope for path in layers for scope in _scopes(path)))
    wanted, unwanted = split(word for pattern in selection.patterns for word in pattern.split())
    found = set(layers) if unwanted and not wanted else set()
    for number, pattern in enumerate(selection.patterns):
        for word in pattern.split():
            path = word.removeprefix(NOT)
            matched = set(matching(path, scopes))
            if not matched:
                findings.append(
                    finding(
                        "E0901",
                        f"`{shortened(path)}` matches no path of `{graph.name}`",
                        _place(recipe, f"{place}.{number}"),
                        *nearest(path, scopes, findings),
                        label="matches nothing",
                    )
                )
            if path == word:
                found |= _inside(matched, layers)
    for path in unwanted:
        found -= _inside(set(matching(path, scopes)), layers)
    return frozenset(found)


def _inside(scopes: set[str], layers: Sequence[str]) -> set[str]:
    """The layers that are one of some paths, or inside of one."""
    return {path for path in layers if not scopes.isdisjoint(_scopes(path))}


def _scopes(path: str) -> list[str]:
    """A path and every path around it."""
    elements = path.split("/")
    return ["/".join(elements[:count]) for count in range(1, len(elements) + 1)]


def _nothing(
    recipe: Recipe,
    graph: Graph,
    terms: tuple[HeadTerm, ...],
    frozen: Mapping[str, frozenset[str]],
) -> Iterator[Diagnostic]:
    if not terms:
        yield finding(
            "E0903", "no head has a loss weight above 0", _place(recipe, "loss"),
            "give a head a weight, as `loss: {heads: {NAME: 1}}`",
        )  # fmt: skip
    with_weights = {
        node.path for node in graph.nodes if any(weight.trainable for weight in node.weights)
    }
    for number, phase in enumerate(recipe.phases):
        if with_weights <= frozen[phase.name]:
            yield finding(
                "E0903",
                f"every layer with weights is frozen in the phase `{phase.name}`",
                _place(recipe, _phase_place(recipe, number, "freeze")),
                "freeze fewer layers",
                label="nothing is left to train",
            )


def _phase_place(recipe: Recipe, number: int, key: str) -> str:
    """Where a key of a phase was written: in the phase, or in the recipe for all phases."""
    own = f"phases.{number}.{key}"
    return own if own in recipe.places else key


def _place(recipe: Recipe, path: str) -> Span:
    return recipe.places.get(path) or external(f"recipe {recipe.name}")


def _with_dropout(graph: Graph, rate: float | None) -> Graph:
    if rate is None:
        return graph
    nodes = tuple(
        dataclasses.replace(node, attributes=MappingProxyType({**node.attributes, "rate": rate}))
        if node.op == "dropout"
        else node
        for node in graph.nodes
    )
    return dataclasses.replace(graph, nodes=nodes)
