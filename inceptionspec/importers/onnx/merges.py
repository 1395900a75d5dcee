"""Sums and products of tensors, and who else reads what a layer yields."""

from __future__ import annotations

from typing import Any

from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.tensors import DUMMY, HEIGHT, WIDTH, Tensor


def joins(now: Operator, source: Tensor) -> bool:
    """Whether nothing but this operator reads what the layer before yields."""
    readers = [name for name in now.node.inputs if now.network.values.get(name) is source]
    return bool(readers) and all(now.network.is_read_once(name) for name in readers)


def total(now: Operator, tensors: list[Tensor]) -> Tensor:
    """A sum of tensors of one shape; all but one may have one factor."""
    alike = _aligned(now, tensors)
    if any(tensor.shape != alike[0].shape for tensor in alike):
        raise now.refused("tensors of several shapes")
    factors = [_factor(now, tensor) for tensor in alike]
    plain_ones = [at for at, factor in enumerate(factors) if factor is None]
    scales = {factor[0] for factor in factors if factor is not None}
    if len(plain_ones) == 1 and len(scales) == 1:
        (at,) = plain_ones
        others = [factor[1] for factor in factors if factor is not None]
        return now.layer("add", {"scale": scales.pop()}, [alike[at], *others])
    return now.layer("add", {}, alike)


def _factor(now: Operator, tensor: Tensor) -> tuple[Any, Tensor] | None:
    """The factor that a tensor was multiplied with for this sum alone, and the tensor."""
    layer = now.network.layers.get(tensor.layer or "")
    if layer is None or layer.op != "rescale" or not joins(now, tensor):
        return None
    scale = layer.attributes.get("scale", 1)
    if isinstance(scale, list) or layer.attributes.get("offset", 0) != 0:
        return None
    return scale, Tensor(layer.inputs[0], tensor.shape, tensor.labels)


def difference(now: Operator, tensors: list[Tensor]) -> Tensor:
    """A difference of two tensors of one shape."""
    alike = _aligned(now, tensors)
    return now.layer("add", {"scale": -1}, alike)


def product(now: Operator, tensors: list[Tensor]) -> Tensor:
    """A product of tensors; a vector or a map of 1x1 is spread over a map."""
    maps = [tensor for tensor in tensors if tensor.is_map]
    whole = next((one for one in maps if one.shape[:2] != (1, 1)), maps[0] if maps else tensors[0])
    for tensor in tensors:
        spread = tensor.shape[-1] == whole.shape[-1] and _fits(tensor, whole)
        if tensor is not whole and tensor.labels != whole.labels and not spread:
            raise now.refused("tensors of several layouts")
    return now.layer("multiply", {}, tensors, labels=whole.labels)


def _fits(tensor: Tensor, whole: Tensor) -> bool:
    """Whether a tensor's channels are where those of a map are that it is spread over."""
    labels = tensor.labels
    if len(labels) != len(whole.labels):
        return False
    return all(
        one == other or (one in (DUMMY, HEIGHT, WIDTH) and tensor.side(one) == 1)
        for one, other in zip(labels, whole.labels, strict=True)
    )


def quotient(now: Operator, tensors: list[Tensor]) -> Tensor:
    """Refused: no operator divides tensors."""
    raise now.refused("a tensor divided by another")


def _aligned(now: Operator, tensors: list[Tensor]) -> list[Tensor]:
    """Tensors whose axes mean the same.

    Raises:
        RefusedError: they do not.
    """
    found = []
    for tensor in tensors:
        made = tensor
        if not tensor.is_map and any(other.is_map for other in tensors):
            made = now.network.as_map(tensor) or tensor
        found.append(made)
    first = found[0]
    for tensor in found:
        if tensor.labels != first.labels and not (
            _fits(tensor, first) and tensor.shape == first.shape
        ):
            raise now.refused("tensors of several layouts")
    if any(tensor.flattened != first.flattened for tensor in found):
        raise now.refused("tensors of several layouts")
    return found
