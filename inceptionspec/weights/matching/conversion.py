"""Values: from the arrays that a file holds of a layer to the arrays of the layer.

A norm computes y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. What a file's norm has and
the layer's lacks moves into another array without changing y:

* a bias under the norm: mean - bias;
* gamma > 0: variance = (variance + epsilon) / gamma^2 - epsilon; gamma < 0: the same, with the
  signs of kernel and mean turned;
* where that variance is below 0, or gamma is 0: kernel and mean times gamma / sqrt(variance +
  epsilon), and a variance of 1 - epsilon;
* another epsilon: variance + epsilon of the file - epsilon of the layer;
* beta: mean - beta * sqrt(variance + epsilon), after a gamma went into kernel and mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.weights.matching.plan import LayerPlan

Arrays = dict[str, Any]
_FOR_NOTHING: Mapping[str, float] = {"beta": 0, "gamma": 1, "bias": 0, "count": 0}
"""The value with which a weight does nothing."""
#: A gamma that is 0, or nearly, would make a variance beyond this.
_LARGEST = 1e30


class Converted(NamedTuple):
    """The arrays of a layer.

    Attributes:
        arrays: by weight, float32, in TensorFlow's layout.
        conversions: by weight, what was done to it, in words.
        left_out: weights of the file that do nothing and that the layer lacks.
    """

    arrays: Arrays
    conversions: dict[str, tuple[str, ...]]
    left_out: tuple[str, ...]


class CannotFoldError(Exception):
    """A norm of its own cannot take a gamma: it has no kernel to scale."""


def converted(plan: LayerPlan, values: Mapping[str, Any], epsilon: float | None) -> Converted:
    """The arrays of a layer from those of the file.

    Args:
        plan: what the file holds of the layer; nothing is missing.
        values: its arrays by weight, as the file has them.
        epsilon: that of the file's norm; None for the layer's own.

    Raises:
        CannotFoldError: a layer that is a norm alone lacks a gamma that is 0 or very large.
    """
    arrays: Arrays = {}
    done: dict[str, list[str]] = {}
    for weight, source in plan.sources.items():
        assert source.arranged is not None
        array = source.arranged.apply(values[weight])
        words = list(source.arranged.conversions)
        if source.background:
            array = array[..., 1:]
            words.append("background class dropped")
        if source.stored.type != "float32":
            widened = source.stored.type in ("float16", "bfloat16")
            words.append(f"{'widened' if widened else 'rounded'} from {source.stored.type}")
        with np.errstate(over="ignore"):  # what is infinite then is said by its name
            arrays[weight] = np.asarray(array, np.float32, order="C")
        done[weight] = words
    left_out = _reconciled(plan, arrays, done, epsilon)
    wanted = [weight.name for weight in plan.node.weights]
    return Converted(
        {name: arrays[name] for name in wanted},
        {name: tuple(done.get(name, ())) for name in wanted},
        left_out,
    )


def _reconciled(
    plan: LayerPlan, arrays: Arrays, done: dict[str, list[str]], epsilon: float | None
) -> tuple[str, ...]:
    """Give a layer what it has, and take from it what it has not; what was for nothing."""
    node = plan.node
    own = {weight.name: weight.shape for weight in node.weights}
    norm = node.attributes if node.op == "batch_norm" else node.attributes.get("norm")
    for name in plan.added:
        arrays[name] = np.full(own[name], _FOR_NOTHING[name], np.float32)
        done[name] = [f"{name} of {_FOR_NOTHING[name]:g} added"]
    if norm is None:
        return ()
    wanted_epsilon = float(norm["epsilon"])
    if plan.folded_norm:
        _unfolded(own, arrays, done, wanted_epsilon)
        return ()
    left_out = []
    for name in ("bias", "gamma", "beta"):
        extra = name in arrays and name not in own
        if extra and bool((arrays[name] == _FOR_NOTHING[name]).all()):
            left_out.append(name)
            del arrays[name]
    if epsilon is None:
        epsilon = wanted_epsilon
    if epsilon != wanted_epsilon or any(name not in own for name in arrays):
        _moved(node, own, arrays, done, epsilon, wanted_epsilon)
    return tuple(left_out)


def _unfolded(
    own: Mapping[str, tuple[int, ...]], arrays: Arrays, done: dict[str, list[str]], epsilon: float
) -> None:
    """A norm that changes nothing, and the bias that the file's norm became."""
    values = {"beta": 0.0, "gamma": 1.0, "moving_mean": 0.0, "moving_variance": 1 - epsilon}
    for name, value in values.items():
        if name in own:
            arrays[name] = np.full(own[name], value, np.float32)
            done[name] = ["norm folded in the file"]
    if "bias" in own:
        return
    bias = arrays.pop("bias")
    if "beta" in own:
        arrays["beta"] = bias
    else:
        arrays["moving_mean"] = -bias


def _moved(
    node: Node,
    own: Mapping[str, tuple[int, ...]],
    arrays: Arrays,
    done: dict[str, list[str]],
    epsilon: float,
    wanted_epsilon: float,
) -> None:
    """Move what the layer has no place for into its other arrays."""
    mean = arrays["moving_mean"].astype(np.float64)
    variance = arrays["moving_variance"].astype(np.float64)
    changed: dict[str, list[str]] = {"moving_mean": [], "moving_variance": []}
    if "bias" in arrays and "bias" not in own:
        mean = mean - arrays.pop("bias")
        changed["moving_mean"].append("bias folded")
    gamma = np.float64(1)
    if "gamma" in arrays and "gamma" not in own:
        gamma = arrays.pop("gamma").astype(np.float64)
        changed["moving_variance"].append("gamma folded")
        if (gamma < 0).any():
            changed["moving_mean"].append("sign of gamma folded")
    if epsilon != wanted_epsilon:
        changed["moving_variance"].append(f"epsilon {epsilon:g} to {wanted_epsilon:g}")
    with np.errstate(divide="ignore", invalid="ignore"):
        settled = (variance + epsilon) / gamma**2 - wanted_epsilon
        fits = (settled >= 0) & (settled < _LARGEST)
        factor = np.where(fits, np.sign(gamma), gamma / np.sqrt(variance + epsilon))
    if not fits.all() and "gamma" in own:
        factor = np.ones_like(variance)
        with np.errstate(invalid="ignore"):
            scale = np.sqrt((variance + wanted_epsilon) / (variance + epsilon))
        arrays["gamma"] = np.float32(arrays["gamma"] * scale)
        done["gamma"].append(f"epsilon {epsilon:g} to {wanted_epsilon:g}")
        changed["moving_variance"].pop()
    else:
        variance = np.where(fits, settled, 1 - wanted_epsilon)
    if (factor != 1).any():
        _scale(node, own, arrays, done, factor)
        mean = mean * factor
    if "beta" in arrays and "beta" not in own:
        if "gamma" in own:  # which may be 0, so that it goes into the kernel first
            gamma = arrays["gamma"].astype(np.float64)
            _scale(node, own, arrays, done, gamma)
            mean = mean * gamma
            arrays["gamma"] = np.ones(own["gamma"], np.float32)
        mean = mean - arrays.pop("beta") * np.sqrt(variance + wanted_epsilon)
        changed["moving_mean"].append("beta folded")
    arrays["moving_mean"] = mean.astype(np.float32)
    arrays["moving_variance"] = variance.astype(np.float32)
    for name, words in changed.items():
        done[name] += words


def _scale(
    node: Node,
    own: Mapping[str, tuple[int, ...]],
    arrays: Arrays,
    done: dict[str, list[str]],
    factor: Any,
) -> None:
    """Multiply the outputs of a layer's product by a factor for each channel."""
    kernels = [name for name in own if "kernel" in name]
    if not kernels:
        raise CannotFoldError
    name = kernels[-1]
    factor = np.broadcast_to(factor, (node.shape[-1] or 1,))
    if name == "depthwise_kernel":
        factor = factor.reshape(own[name][2:])
    arrays[name] = np.float32(arrays[name] * factor)
    done[name].append("gamma folded")
    if "bias" in own and "bias" in arrays:
        arrays["bias"] = np.float32(arrays["bias"] * factor.reshape(-1))
        done["bias"].append("gamma folded")
