"""Normalization: by moving statistics, over channels, over groups, over neighbors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.building import Operator, plain
from inceptionspec.importers.onnx.elementwise import affine
from inceptionspec.importers.onnx.model import Node
from inceptionspec.importers.onnx.tensors import CHANNELS, OUTER, Constant, Tensor, Value

_MOST_CHECKED = 1 << 16


def batch_norm(now: Operator) -> Tensor:
    """BatchNormalization in inference.

    A file always has factors. All of 1 are taken for none, unless every norm is as it starts.
    """
    source = now.tensor()
    now.only(training_mode=0, spatial=1)
    now.given("momentum", 0.9)
    if len(source.labels) < 2 or source.labels[1] != CHANNELS:
        raise now.refused("channels that are not its second axis")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: now.constant(at) for at, name in enumerate(names, start=1)}
    given = {"epsilon": plain(now.given("epsilon", 1e-5))}
    if given["epsilon"] <= 0:
        return _without_epsilon(now, source, weights)
    if not now.network.is_untrained and _is_all(weights["gamma"], 1):
        given["scale"] = False
        del weights["gamma"]
    return now.layer("batch_norm", given, [source], weights)


def are_untrained(nodes: Iterable[Node], values: Mapping[str, Value]) -> bool:
    """Whether all norms have factors of 1 and offsets of 0, as before training."""
    for node in nodes:
        if node.kind in ("BatchNormalization", "LayerNormalization"):
            held = [values.get(name) for name in node.inputs[1:3]]
            for constant, number in zip(held, (1, 0), strict=False):
                if not isinstance(constant, Constant) or not _is_all(constant, number):
                    return False
    return True


def _without_epsilon(now: Operator, source: Tensor, weights: Mapping[str, Constant]) -> Tensor:
    """A norm that adds nothing to the variance, as a factor and an offset of each channel."""
    gamma, beta, mean, variance = weights.values()

    def factor(array: Any) -> Any:
        return array / np.sqrt(variance.read().astype("f8"))

    scale = gamma.changed(gamma.shape, lambda array: factor(array).astype("f4"))
    offset = beta.changed(
        beta.shape, lambda array: (array - mean.read() * factor(gamma.read())).astype("f4")
    )
    return affine(now, source, scale, offset)


def _is_all(constant: Constant, number: float) -> bool:
    return constant.size <= _MOST_CHECKED and bool((constant.read() == number).all())


def layer_norm(now: Operator) -> Tensor:
    """LayerNormalization over the channels, the last axis."""
    source = now.tensor()
    rank = len(source.labels)
    now.only(stash_type=1)
    if now.given("axis", -1) not in (-1, rank - 1) or source.labels[-1] != CHANNELS:
        raise now.refused("other axes than that of the channels, the last")
    weights = {"gamma": now.constant(1)}
    if now.value(2) is not None:
        weights["beta"] = now.constant(2)
    given = {"epsilon": plain(now.given("epsilon", 1e-5)), "center": "beta" in weights}
    if not now.network.is_untrained and _is_all(weights["gamma"], 1):
        given["scale"] = False
        del weights["gamma"]
    return now.layer("layer_norm", given, [source], weights)


def group_norm(now: Operator) -> Tensor:
    """GroupNormalization, whose numbers are one for each group before version 21."""
    source = now.map_first()
    groups, channels = now.given("num_groups", 1), source.shape[2] or 0
    now.only(stash_type=1)
    if groups < 1 or channels % groups:
        raise now.refused(f"{groups} groups, which its channels do not divide into")
    weights = {
        name: _per_channel(now, now.constant(at), groups, channels)
        for at, name in ((1, "gamma"), (2, "beta"))
    }
    given = {"groups": groups, "epsilon": plain(now.given("epsilon", 1e-5))}
    return now.layer("group_norm", given, [source], weights)


def _per_channel(now: Operator, held: Constant, groups: int, channels: int) -> Constant:
    if held.shape == (channels,):
        return held
    if held.shape != (groups,):
        raise now.refused("numbers that are not one for each group")
    return held.changed((channels,), lambda array: np.repeat(array, channels // groups))


def instance_norm(now: Operator) -> Tensor:
    """InstanceNormalization: each channel by itself, or each group of channels that were joined."""
    source = now.tensor()
    epsilon = plain(now.given("epsilon", 1e-5))
    gamma, beta = now.constant(1), now.constant(2)
    if OUTER in source.labels:
        if not (_is_all(gamma, 1) and _is_all(beta, 0)):
            raise now.refused("numbers of its own for each group")
        return source._replace(grouped=float(epsilon))
    source = now.map_first()
    given = {"groups": source.shape[2], "epsilon": epsilon}
    return now.layer("group_norm", given, [source], {"gamma": gamma, "beta": beta})


def lrn(now: Operator) -> Tensor:
    """LRN: ONNX divides the sum of squares by their number."""
    source = now.map_first()
    size = now.given("size", 1)
    if size < 3 or size % 2 == 0:
        raise now.refused(f"{size} neighbors, and an odd number is read")
    given = {
        "radius": size // 2,
        "alpha": plain(now.given("alpha", 1e-4) / size),
        "beta": plain(now.given("beta", 0.75)),
        "bias": plain(now.given("bias", 1.0)),
    }
    return now.layer("lrn", given, [source])
