"""Local response normalization as models of Keras 3 spell it out, since Keras has no layer for it.

It is x / (c * mean + bias) ^ beta, where the mean of squares over a window of channels is a pool
over a map whose channels and columns are exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inceptionspec.importers.keras.topology import Call, Path, Ref

KIND = "LocalResponseNormalization"
_EXCHANGED = [0, 1, 3, 2]


def with_lrn(calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls with one for each normalization."""
    known = {call.path: call for call in calls}
    result = [_normalization(call, known) or call for call in calls]
    return _needed(result, calls) if result != list(calls) else tuple(calls)


def _normalization(call: Call, known: Mapping[Path, Call]) -> Call | None:
    """The call that a division is the last step of; None where it is another division."""
    if call.kind != "TrueDivide" or len(call.args) != 2:
        return None
    source, divisor = call.args
    power, beta = _step(divisor, "Power", known)
    offset, bias = _step(power, "Add", known)
    scaled, factor = _step(offset, "Multiply", known)
    back = _one(scaled, "Transpose", known, axes=_EXCHANGED)
    pool = _one(back, "AveragePool", known, padding="valid", data_format="channels_last")
    padded = _one(pool, "Pad", known, mode="constant")
    exchanged = _one(padded, "Transpose", known, axes=_EXCHANGED)
    squares = _one(exchanged, "Square", known)
    if squares is None or pool is None or padded is None or squares.args[0] != source:
        return None
    window = _window(pool, padded)
    if window is None:
        return None
    given = {"radius": window // 2, "alpha": factor / window, "bias": bias, "beta": beta}
    return replace(call, kind=KIND, config=given, args=(source,), is_operation=False)


def _step(value: Any, kind: str, known: Mapping[Path, Call]) -> tuple[Any, float]:
    """What an operation with a number reads, and the number."""
    call = value if isinstance(value, Call) else _call(value, known)
    if call is None or call.kind != kind or not call.is_operation or len(call.args) != 2:
        return None, 0.0
    source, number = call.args
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None, 0.0
    return _call(source, known), float(number)


def _one(value: Any, kind: str, known: Mapping[Path, Call], **config: Any) -> Call | None:
    """A call of a kind with some arguments, or the one that a call reads; None for any other."""
    call = value
    if isinstance(value, Call) and value.kind != kind:
        call = _call(value.args[0], known) if value.args else None
    if not isinstance(call, Call) or call.kind != kind or not call.is_operation or not call.args:
        return None
    return call if all(call.config.get(key) == held for key, held in config.items()) else None


def _call(value: Any, known: Mapping[Path, Call]) -> Call | None:
    return known.get(value.path) if isinstance(value, Ref) else None


def _window(pool: Call, padded: Call) -> int | None:
    """How many channels a window has that padding keeps all channels of."""
    size, pads = pool.config.get("pool_size"), padded.config.get("pad_width")
    if not isinstance(size, list) or len(size) != 2 or type(size[1]) is not int or size[0] != 1:
        return None
    radius = size[1] // 2
    wanted = [[0, 0], [0, 0], [radius, radius], [0, 0]]
    whole = size[1] % 2 == 1 and radius > 0 and pads == wanted
    return size[1] if whole and pool.config.get("strides") in (1, [1, 1]) else None


def _needed(new: Sequence[Call], old: Sequence[Call]) -> tuple[Call, ...]:
    """The calls that still are read, in order; those that nobody read before stay."""
    before = {ref.path for call in old for ref in call.inputs}
    kept: list[Call] = []
    read: set[Path] = set()
    for call in reversed(new):
        if call.path in read or call.path not in before:
            kept.append(call)
            read.update(ref.path for ref in call.inputs)
    return tuple(reversed(kept))
