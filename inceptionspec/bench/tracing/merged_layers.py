"""Layers of a rewritten network to those of the network as its spec has it."""

from __future__ import annotations

from collections.abc import Mapping

from inceptionspec.analysis.costs import costs
from inceptionspec.rewrites.rewrite import Rewritten
from inceptionspec.rewrites.weight_expr import leaves

#: For a path the layers that stand behind it, each with its share; shares add up to 1.
Parts = Mapping[str, tuple[tuple[str, float], ...]]


def parts(rewritten: Rewritten) -> Parts:
    """Which layers of the original network each layer of a rewritten one computes.

    One that was made of several convolutions is theirs by their MACs. What a rewriting
    adds, as the slice of a merged convolution, is its layer's: paths say so before a dot.
    """
    macs = {
        node.path: cost.macs or 0
        for node, cost in zip(rewritten.original.nodes, costs(rewritten.original), strict=True)
    }
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for node in rewritten.graph.nodes:
        recipes = [rewritten.weights[node.path, weight.name] for weight in node.weights]
        made_of = {one.path for recipe in recipes for one in leaves(recipe) if macs.get(one.path)}
        whole = sum(macs[path] for path in made_of)
        if len(made_of) > 1:
            found[node.path] = tuple((p, macs[p] / whole) for p in macs if p in made_of)
        elif node.path in macs:
            found[node.path] = ((node.path, 1.0),)
        else:
            owner = node.path.partition(".")[0]
            owners = made_of or ({owner} if owner in macs else set())
            found[node.path] = tuple((path, 1.0) for path in owners)
    return found
