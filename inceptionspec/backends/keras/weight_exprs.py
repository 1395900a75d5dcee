"""The numbers of a rewritten network's weights: recipes evaluated with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras.checkpoint import variable_of
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites import weight_expr as recipes
from inceptionspec.rewrites.weight_expr import WeightExpr

#: A NumPy array.
Array = Any
#: Arrays by the path of their node and the name of the weight.
Values = Mapping[tuple[str, str], Array]


def evaluate(
    weights: Mapping[tuple[str, str], WeightExpr],
    values: Values,
    kept_as: Callable[[Array], Any] | None = None,
) -> Values:
    """Every weight of a rewritten graph, computed in float64.

    Args:
        weights: what ``Rewritten.weights`` holds.
        values: the weights of the original graph.
        kept_as: what is kept instead of each array, one by one.

    Returns:
        arrays of the type that the weights of the original have, by the same keys.

    Raises:
        KeyError: a weight of the original is not among the values.
    """
    types = [array.dtype for array in values.values()]
    dtype = np.result_type(*types) if types else np.dtype("float32")
    found = {}
    for key, recipe in weights.items():
        # What is known is forgotten with each weight: two weights share vectors, but not kernels,
        # and kernels in float64 for all of a network would take twice its memory.
        array = _value(recipe, values, {}).astype(dtype, copy=False)
        found[key] = array if kept_as is None else kept_as(array)
    return found


def assign(model: keras.Model, graph: Graph, values: Values) -> None:
    """Give a model that `build` made of a graph these weights."""
    layers = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        for weight in node.weights:
            variable = variable_of(layers, node, weight.name)
            if variable is not None:
                variable.assign(values[node.path, weight.name])


def _value(recipe: WeightExpr, values: Values, known: dict[int, Array]) -> Array:
    """The array of a recipe; one that stands in several places is computed once."""
    if isinstance(recipe, recipes.Stored):
        return values[recipe.path, recipe.name].astype("float64")
    if id(recipe) not in known:
        known[id(recipe)] = RULES[type(recipe)](recipe, lambda part: _value(part, values, known))
    return known[id(recipe)]


def _filled(one: recipes.Filled, value: Callable[[WeightExpr], Array]) -> Array:
    return np.full(one.shape, one.value)


def _norm_factor(one: recipes.NormFactor, value: Callable[[WeightExpr], Array]) -> Array:
    return value(one.gamma) / np.sqrt(value(one.variance) + one.epsilon)


def _scaled(one: recipes.Scaled, value: Callable[[WeightExpr], Array]) -> Array:
    array, factor = value(one.array), value(one.factor)
    return (array.reshape(-1, factor.size) * factor.ravel()).reshape(array.shape)


def _scaled_inputs(one: recipes.ScaledInputs, value: Callable[[WeightExpr], Array]) -> Array:
    return value(one.kernel) * value(one.factor)[:, None]


def _sum(one: recipes.Sum, value: Callable[[WeightExpr], Array]) -> Array:
    return np.sum([value(part) for part in one.parts], axis=0)


def _negated(one: recipes.Negated, value: Callable[[WeightExpr], Array]) -> Array:
    return -value(one.array)


def _stacked(one: recipes.Stacked, value: Callable[[WeightExpr], Array]) -> Array:
    return np.concatenate([value(part) for part in one.parts], axis=-1)


def _composed(one: recipes.Composed, value: Callable[[WeightExpr], Array]) -> Array:
    # Height and width broadcast: at least one of the two kernels has one pixel.
    return np.matmul(value(one.first), value(one.second))


def _response(one: recipes.Response, value: Callable[[WeightExpr], Array]) -> Array:
    kernel = value(one.kernel)
    return np.einsum("xio,i->o", kernel.reshape(-1, *kernel.shape[-2:]), value(one.constant))


#: How the value of each kind of recipe is made, all but `Stored`, which is there.
RULES: Mapping[type[Any], Callable[[Any, Callable[[WeightExpr], Array]], Array]] = {
    recipes.Filled: _filled,
    recipes.NormFactor: _norm_factor,
    recipes.Scaled: _scaled,
    recipes.ScaledInputs: _scaled_inputs,
    recipes.Sum: _sum,
    recipes.Negated: _negated,
    recipes.Stacked: _stacked,
    recipes.Composed: _composed,
    recipes.Response: _response,
}
