"""The bias and the norm of a layer in the form that its counterpart has.

At inference they are y = g (x + bias - mean) / sqrt(variance + epsilon) + beta for a product x,
one of each per channel. What the counterpart lacks goes into what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.weights.transfer.result import Step

NORM_NAMES = ("beta", "gamma", "moving_mean", "moving_variance")


class Epilogue(NamedTuple):
    """Bias and norm of a layer in the form of another.

    Attributes:
        arrays: by the weight's name.
        factor: what each output channel of the kernel is multiplied by; None for 1.
        steps: what was done.
    """

    arrays: dict[str, Any]
    factor: Any
    steps: tuple[Step, ...]


def norm_attributes(node: Node) -> Mapping[str, Any] | None:
    """The attributes of a layer's norm: its own, or those of a norm that is a layer."""
    return node.attributes if node.op == "batch_norm" else node.attributes.get("norm")


def can_be_identity(norm: Mapping[str, Any]) -> bool:
    """Whether a norm has weights that change nothing: no variance is below 0."""
    return bool(norm["scale"]) or norm["epsilon"] <= 1


def identity_norm(norm: Mapping[str, Any], channels: int) -> dict[str, Any]:
    """A norm that changes nothing: gamma 1, beta 0, mean 0, variance 1 - epsilon."""
    ones, zeros = np.ones(channels), np.zeros(channels)
    variance = ones * max(1 - norm["epsilon"], 0)
    found = {"moving_mean": zeros, "moving_variance": variance}
    if norm["center"]:
        found["beta"] = zeros
    if norm["scale"]:
        found["gamma"] = np.sqrt(variance + norm["epsilon"])
    return found


def fitted(
    arrays: Mapping[str, Any],
    norm: Mapping[str, Any] | None,
    variant: Node,
    channels: int,
) -> Epilogue:
    """Bias and norm of a layer of the base in the form of its counterpart's.

    Args:
        arrays: the base's bias and norm, by the weight's name, channels as the variant has them.
        norm: the attributes of the base's norm; None for none.
        variant: the counterpart.
        channels: how many output channels it has.
    """
    to, has_bias = norm_attributes(variant), bool(variant.attributes.get("bias"))
    values = {name: value.astype("float64") for name, value in arrays.items()}
    bias = values.get("bias", np.zeros(channels))
    own_bias = "bias" in values
    if norm is None and to is None:
        if has_bias or not bias.any():
            added = has_bias and not own_bias
            steps = (Step("norm", "the new bias starts at 0"),) if added else ()
            return Epilogue({"bias": bias} if has_bias else {}, None, steps)
        return Epilogue({}, None, (Step("norm", "its bias is left out", False),))
    if norm is not None and to is None:
        return _folded(values, norm, bias, has_bias)
    assert to is not None
    if norm is None:
        return _added(to, bias, has_bias, own_bias, channels)
    return _refitted(values, norm, to, bias, has_bias)


def _folded(
    values: Mapping[str, Any], norm: Mapping[str, Any], bias: Any, has_bias: bool
) -> Epilogue:
    """A norm into the kernel and the bias."""
    factor = values.get("gamma", 1) / np.sqrt(values["moving_variance"] + norm["epsilon"])
    shift = (bias - values["moving_mean"]) * factor + values.get("beta", 0)
    if has_bias:
        words = "its norm is folded into kernel and bias"
        return Epilogue({"bias": shift}, factor, (Step("norm", words),))
    words = "its norm is folded into the kernel; without a bias its offset is lost"
    return Epilogue({}, factor, (Step("norm", words, not shift.any()),))


def _added(
    to: Mapping[str, Any], bias: Any, has_bias: bool, own_bias: bool, channels: int
) -> Epilogue:
    """A norm that starts as the identity, and takes the bias of a layer that has none now."""
    found = identity_norm(to, channels)
    factor = None
    if not can_be_identity(to):
        factor = np.full(channels, np.sqrt(to["epsilon"]))
    words = "the new norm starts as the identity"
    if has_bias:
        found["bias"] = bias if factor is None else bias * factor
    elif own_bias:
        words += ", and takes the bias"
        if to["center"]:
            found["beta"] = bias
        else:
            found["moving_mean"] = -bias if factor is None else -bias * factor
    return Epilogue(found, factor, (Step("norm", words),))


def _refitted(
    values: Mapping[str, Any],
    norm: Mapping[str, Any],
    to: Mapping[str, Any],
    bias: Any,
    has_bias: bool,
) -> Epilogue:
    """A norm with another epsilon, or with other of bias, beta and gamma."""
    words: list[str] = []
    exact = True
    variance, mean, factor = values["moving_variance"], values["moving_mean"], None
    gamma = values.get("gamma", np.ones(len(mean)))
    beta = values.get("beta", np.zeros(len(mean)))
    root = np.sqrt(variance + norm["epsilon"])
    if norm["epsilon"] != to["epsilon"]:
        variance = np.maximum(variance + norm["epsilon"] - to["epsilon"], 0)
        gamma = gamma * np.sqrt(variance + to["epsilon"]) / root  # 1 unless the variance ends at 0
        root = np.sqrt(variance + to["epsilon"])
        words.append(f"its variance makes up for epsilon {to['epsilon']:g}")
    if not to["scale"] and (gamma != 1).any():
        factor = gamma
        bias, mean, gamma = bias * factor, mean * factor, np.ones(len(mean))
        words.append("gamma is folded into the kernel")
    if not to["center"] and beta.any():
        live = gamma != 0
        exact = bool((live | (beta == 0)).all())
        moved = np.divide(beta * root, gamma, out=np.zeros_like(root), where=live)
        mean = mean - moved
        words.append("beta is folded into the mean" + ("" if exact else ", where gamma is not 0"))
    if bias.any() and not has_bias:
        mean = mean - bias
        words.append("the bias is folded into the mean")
    has = {"bias": has_bias, "gamma": to["scale"], "beta": to["center"]}
    new = [name for name, there in has.items() if there and name not in values]
    words += [f"the new {name} starts at {1 if name == 'gamma' else 0}" for name in new]
    found = {"moving_mean": mean, "moving_variance": variance}
    found |= {"bias": bias} if has_bias else {}
    found |= {"beta": beta} if to["center"] else {}
    found |= {"gamma": gamma} if to["scale"] else {}
    steps = (Step("norm", ", ".join(words), exact),) if words else ()
    return Epilogue(found, factor, steps)
