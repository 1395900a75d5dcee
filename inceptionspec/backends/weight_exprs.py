"""The numbers of a rewritten network's weights: weight expressions evaluated with NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from inceptionspec.rewrites.weight_expr import (
    Composed,
    Filled,
    Negated,
    NormFactor,
    Response,
    Scaled,
    ScaledInputs,
    Stacked,
    Stored,
    Sum,
    WeightExpr,
    in_order,
    parts_of,
)

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
        values: the weights of the original graph, by the same kind of keys.
        kept_as: from each array to what is kept instead.

    Returns:
        arrays of the type that the weights of the original have, by the same keys.

    Raises:
        KeyError: a weight of the original is not among the values.
    """
    types = [array.dtype for array in values.values()]
    dtype = np.result_type(*types) if types else np.dtype("float32")
    found = {}
    for key, expression in weights.items():
        # Parts are kept for one weight only: two weights share vectors but no large kernels,
        # and all kernels of a network in float64 would take twice its memory.
        array = _value(expression, values).astype(dtype, copy=False)
        found[key] = array if kept_as is None else kept_as(array)
    return found


def _value(expression: WeightExpr, values: Values) -> Array:
    """The array of an expression, each of its parts computed once and kept until its last use."""
    order = list(in_order(expression))
    uses = Counter(id(part) for computed in order for part in parts_of(computed))
    known: dict[int, Array] = {}
    for part in order:
        if isinstance(part, Stored):
            known[id(part)] = values[part.path, part.name].astype("float64")
        else:
            known[id(part)] = RULES[type(part)](part, lambda needed: known[id(needed)])
        for used in parts_of(part):
            uses[id(used)] -= 1
            if not uses[id(used)]:
                del known[id(used)]
    return known[id(expression)]


def _filled(expr: Filled, value: Callable[[WeightExpr], Array]) -> Array:
    return np.full(expr.shape, expr.value)


def _norm_factor(expr: NormFactor, value: Callable[[WeightExpr], Array]) -> Array:
    return value(expr.gamma) / np.sqrt(value(expr.variance) + expr.epsilon)


def _scaled(expr: Scaled, value: Callable[[WeightExpr], Array]) -> Array:
    array, factor = value(expr.array), value(expr.factor)
    return (array.reshape(-1, factor.size) * factor.ravel()).reshape(array.shape)


def _scaled_inputs(expr: ScaledInputs, value: Callable[[WeightExpr], Array]) -> Array:
    return value(expr.kernel) * value(expr.factor)[:, None]


def _sum(expr: Sum, value: Callable[[WeightExpr], Array]) -> Array:
    return np.sum([value(term) for term in expr.terms], axis=0)


def _negated(expr: Negated, value: Callable[[WeightExpr], Array]) -> Array:
    return -value(expr.array)


def _stacked(expr: Stacked, value: Callable[[WeightExpr], Array]) -> Array:
    return np.concatenate([value(array) for array in expr.arrays], axis=-1)


def _composed(expr: Composed, value: Callable[[WeightExpr], Array]) -> Array:
    # Height and width broadcast: at least one of the two kernels has one pixel.
    return np.matmul(value(expr.first), value(expr.second))


def _response(expr: Response, value: Callable[[WeightExpr], Array]) -> Array:
    kernel = value(expr.kernel)
    return np.einsum("xio,i->o", kernel.reshape(-1, *kernel.shape[-2:]), value(expr.constant))


#: How the value of each kind of expression is computed, all but `Stored`, which is given.
RULES: Mapping[type[Any], Callable[[Any, Callable[[WeightExpr], Array]], Array]] = {
    Filled: _filled,
    NormFactor: _norm_factor,
    Scaled: _scaled,
    ScaledInputs: _scaled_inputs,
    Sum: _sum,
    Negated: _negated,
    Stacked: _stacked,
    Composed: _composed,
    Response: _response,
}
