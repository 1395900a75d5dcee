"""What a graph computes of constants and of shapes, before any image is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.model import read_array
from inceptionspec.importers.onnx.tensors import BATCH, Constant, Sizes, Tensor, Value
from inceptionspec.weights.files.located_tensor import LocatedTensor

_MOST = 1 << 16
"""Numbers of an array that is computed at once; larger ones are weights and only turned."""
_INTEGERS = (6, 7)


def shape(now: Operator) -> Sizes:
    """Shape: the sides of a tensor, the images of a batch as what they are."""
    sides: Sequence[int | str | None]
    value = now.value(0)
    if isinstance(value, Tensor):
        sides = [
            BATCH if label == BATCH else side
            for label, side in zip(value.labels, value.sides, strict=True)
        ]
    elif isinstance(value, Constant):
        sides = list(value.shape)
    else:
        raise now.refused("the shape of a shape")
    start, end = now.given("start", 0), now.given("end", None)
    whole = value if isinstance(value, Tensor) and (start, end) == (0, None) else None
    return Sizes(tuple(sides[start:end]), of=whole)


def is_constant(now: Operator) -> bool:
    """Whether all that an operator reads is known before any image."""
    values = [now.value(at) for at in range(len(now.node.inputs))]
    return bool(values) and not any(isinstance(value, Tensor) for value in values)


def folded(now: Operator) -> Value | None:
    """The constant that an operator makes of constants; None where it is not in the table."""
    fold = FOLDED.get(now.node.kind)
    return None if fold is None else fold(now)


def arithmetic(now: Operator, values: Sequence[Value | None], formula: Callable[..., Any]) -> Value:
    """A sum or a product of constants or sizes."""
    if any(isinstance(value, Tensor) for value in values):
        raise now.refused("a tensor and a shape")
    if any(isinstance(value, Sizes) for value in values):
        parts = [_object(now, value) for value in values]
        known = all(isinstance(number, int) for part in parts for number in np.ravel(part))
        if not known:
            raise now.refused("arithmetic with an open size")
        made = formula(*(np.asarray(part, "i8") for part in parts))
        return Sizes(tuple(int(number) for number in np.ravel(made)), np.ndim(made) == 0)
    held = [value for value in values if isinstance(value, Constant)]
    if sum(value.size for value in held) > _MOST or len(held) != len(values):
        raise now.refused("arithmetic with large constants")
    return _made(now, formula(*(value.read() for value in held)))


def _made(now: Operator, array: Any) -> Constant:
    made = np.asarray(array)
    return Constant(now.name, made.shape, lambda: made)


def _object(now: Operator, value: Value | None) -> Any:
    """Sizes as an array of objects."""
    if isinstance(value, Sizes):
        array: Any = np.empty(len(value.values), object)
        array[:] = value.values
        return array.reshape(()) if value.scalar else array
    if isinstance(value, Constant) and value.size <= _MOST:
        return value.read().astype("i8").astype(object)
    raise now.refused("a shape made of what is not known")


def _sizes(array: Any) -> Sizes:
    return Sizes(tuple(np.ravel(array).tolist()), np.ndim(array) == 0)


def _gather(now: Operator) -> Value:
    axis, index = now.given("axis", 0), now.constant(1)
    value = now.value(0)
    if isinstance(value, Sizes):
        return _sizes(np.take(_object(now, value), index.read(), axis))
    return _small(now, lambda array: np.take(array, index.read(), axis))


def _slice(now: Operator) -> Value:
    starts, ends = now.whole("starts", 1), now.whole("ends", 2)
    axes = now.whole("axes", 3) or tuple(range(len(starts or ())))
    steps = now.whole("steps", 4) or (1,) * len(axes)
    if starts is None or ends is None:
        raise now.refused("no bounds")

    def cut(array: Any) -> Any:
        places = [slice(None)] * array.ndim
        for axis, bounds in zip(axes, zip(starts, ends, steps, strict=True), strict=True):
            places[axis] = slice(*bounds)
        return array[tuple(places)]

    value = now.value(0)
    if isinstance(value, Sizes):
        return _sizes(cut(_object(now, value)))
    return _small(now, cut)


def _concat(now: Operator) -> Value:
    axis = now.given("axis", 0)
    values = [now.value(at) for at in range(len(now.node.inputs))]
    if any(isinstance(value, Sizes) for value in values):
        return _sizes(np.concatenate([np.atleast_1d(_object(now, value)) for value in values]))
    held = [now.constant(at) for at in range(len(values))]
    if sum(value.size for value in held) > _MOST:
        raise now.refused("large constants")
    return _made(now, np.concatenate([value.read() for value in held], axis))


def _unsqueeze(now: Operator) -> Value:
    axes = now.whole("axes", 1) or ()
    value = now.value(0)
    if isinstance(value, Sizes):
        return Sizes(value.values)
    held = now.constant(0)
    made = np.expand_dims(np.empty(held.shape, "?"), axes).shape
    return held.changed(made, lambda array: array.reshape(made))


def _squeeze(now: Operator) -> Value:
    axes = now.whole("axes", 1)
    value = now.value(0)
    if isinstance(value, Sizes):
        return Sizes(value.values, len(value.values) == 1)
    held = now.constant(0)
    made = np.squeeze(np.empty(held.shape, "?"), axes).shape
    return held.changed(made, lambda array: array.reshape(made))


def _reshape(now: Operator) -> Value:
    wanted = now.numbers(1) or ()
    now.given("allowzero", 0)
    value = now.value(0)
    if isinstance(value, Sizes):
        return Sizes(value.values, not wanted)
    held = now.constant(0)
    sides = [held.shape[at] if side == 0 else side for at, side in enumerate(wanted)]
    if not all(isinstance(side, int) for side in sides):
        raise now.refused("a constant of an open shape")
    known = int(np.prod([side for side in sides if side != -1], dtype=object)) or 1
    made = tuple(held.size // known if side == -1 else int(side or 0) for side in sides)
    if int(np.prod(made, dtype=object)) != held.size:
        raise now.refused("a shape that its constant does not have")
    return held.changed(made, lambda array: array.reshape(made))


def _transpose(now: Operator) -> Value:
    held = now.constant(0)
    order = now.given("perm", tuple(reversed(range(len(held.shape)))))
    if sorted(order) != list(range(len(held.shape))):
        raise now.refused("an order of axes that its constant does not have")
    made = tuple(held.shape[at] for at in order)
    return held.changed(made, lambda array: array.transpose(order))


def _cast(now: Operator) -> Value:
    now.given("saturate", 1)
    to = now.given("to", 1)
    value = now.value(0)
    if isinstance(value, Sizes):
        if to not in _INTEGERS:
            return arithmetic(now, [value], lambda array: array)
        return value
    held = now.constant(0)
    if to in _INTEGERS:
        return _small(now, lambda array: array.astype("i8"))
    return held


def _of_shape(now: Operator) -> Value:
    wanted = now.whole("shape", 0) or ()
    value = now.given("value", None)
    if int(np.prod(wanted, dtype=object)) > _MOST or min(wanted, default=0) < 0:
        raise now.refused("a shape that is too large")
    if value is None:
        return _made(now, np.zeros(wanted, "float32"))
    if not isinstance(value, LocatedTensor | np.ndarray) or np.prod(value.shape, dtype=object) != 1:
        raise now.refused("no single value")
    return _made(now, np.full(wanted, np.ravel(read_array(value, now.name))[0]))


def _small(now: Operator, change: Callable[[Any], Any]) -> Constant:
    held = now.constant(0)
    if held.size > _MOST:
        raise now.refused("a large constant")
    return _made(now, change(held.read()))


def _each(formula: Callable[[Any], Any]) -> Callable[[Operator], Value]:
    return lambda now: _small(now, formula)


#: What is computed of constants and sizes, by operator; arithmetic is in the table of all.
FOLDED: Mapping[str, Callable[[Operator], Value]] = MappingProxyType(
    {
        "Cast": _cast,
        "Concat": _concat,
        "ConstantOfShape": _of_shape,
        "Gather": _gather,
        "Neg": _each(np.negative),
        "Reciprocal": _each(np.reciprocal),
        "Reshape": _reshape,
        "Slice": _slice,
        "Sqrt": _each(np.sqrt),
        "Squeeze": _squeeze,
        "Transpose": _transpose,
        "Unsqueeze": _unsqueeze,
    }
)
