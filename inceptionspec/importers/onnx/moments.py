"""A norm over the channels that is spelled out: mean, deviation and quotient step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.building import Operator, plain
from inceptionspec.importers.onnx.tensors import CHANNELS, Moment, Tensor

_MEAN, _CENTERED, _SQUARED, _VARIANCE, _DEVIATION = range(5)


def over_channels(now: Operator, source: Tensor) -> Tensor:
    """The mean over the channels, which have to be the last axis.

    Raises:
        RefusedError: they are not, or it is the mean of what no norm takes one of.
    """
    source = _itself(source)
    if source.labels[-1] != CHANNELS or source.expression is not None:
        raise now.refused("another axis than the last")
    if source.moment is None:
        return _step(source, Moment(_MEAN, source))
    if source.moment.step == _SQUARED:
        return _step(source, source.moment._replace(step=_VARIANCE))
    raise now.refused("a mean over channels of what no norm has")


def of_number(now: Operator, source: Tensor, formula: Callable[..., Any], number: float) -> Tensor:
    """A moment and a number: a square, an epsilon, a root.

    Raises:
        RefusedError: no norm has such a step.
    """
    moment = source.moment
    if moment is not None and source.expression is None:
        if formula is np.power and number == 2 and moment.step == _CENTERED:
            return _step(source, moment._replace(step=_SQUARED))
        if formula is np.add and moment.step == _VARIANCE and number > 0 and not moment.epsilon:
            return _step(source, moment._replace(epsilon=plain(number)))
        if formula is np.power and number == 0.5 and moment.step == _VARIANCE and moment.epsilon:
            return _step(source, moment._replace(step=_DEVIATION))
    raise now.refused("a step that no norm has")


def combined(now: Operator, one: Tensor, other: Tensor, formula: Callable[..., Any]) -> Tensor:
    """Two tensors of which one is a moment: centered, squared, or normalized.

    Raises:
        RefusedError: no norm has such a step.
    """
    one, other = _itself(one), _itself(other)
    if one.expression is None and other.expression is None:
        step = _STEPS.get(formula)
        found = None if step is None else step(now, one, other)
        if found is not None:
            return found
    raise now.refused("a step that no norm has")


def _difference(now: Operator, one: Tensor, other: Tensor) -> Tensor | None:
    moment = other.moment
    if moment is None or moment.step != _MEAN or one != moment.of:
        return None
    return _step(one, moment._replace(step=_CENTERED))


def _product(now: Operator, one: Tensor, other: Tensor) -> Tensor | None:
    if one != other or one.moment is None or one.moment.step != _CENTERED:
        return None
    return _step(one, one.moment._replace(step=_SQUARED))


def _quotient(now: Operator, one: Tensor, other: Tensor) -> Tensor | None:
    above, below = one.moment, other.moment
    if above is None or below is None or above.of != below.of:
        return None
    if (above.step, below.step) != (_CENTERED, _DEVIATION):
        return None
    given = {"epsilon": below.epsilon, "center": False, "scale": False}
    return now.layer("layer_norm", given, [above.of])


_STEPS: Mapping[Any, Callable[[Operator, Tensor, Tensor], Tensor | None]] = MappingProxyType(
    {np.subtract: _difference, np.multiply: _product, np.divide: _quotient}
)


def _itself(tensor: Tensor) -> Tensor:
    """What a layer yields, whatever function of another tensor it is."""
    return tensor if tensor.layer is None else tensor._replace(expression=None)


def _step(like: Tensor, moment: Moment) -> Tensor:
    return like._replace(layer=None, moment=moment, expression=None)
