"""Arguments of Python calls as the rooms below take them, and their faults."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import did_you_mean, listed

if TYPE_CHECKING:
    from inceptionspec.bench.choice import Chosen
    from inceptionspec.engines.precision_cost import PrecisionCost
    from inceptionspec.quantization.lowering import Lowering
    from inceptionspec.weights import LoadedWeights, WeightOptions


def several(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name, or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)


def class_names(labels: str | Sequence[str] | None) -> Sequence[str] | None:
    """Names of classes, of a file if they are its name."""
    if not isinstance(labels, str):
        return labels
    from inceptionspec.export.labels import read_labels

    return read_labels(labels, external(f"labels={labels!r}"))


def weight_options(
    average: bool,
    fresh: str | Sequence[str],
    drop_background: bool,
    without: str | Sequence[str],
) -> WeightOptions:
    """How a file of weights is read."""
    from inceptionspec.weights import WeightOptions

    return WeightOptions(average, several(fresh), drop_background, several(without))


def lowering_of(
    precision: str, calibrate: Any, keep_float: str | Sequence[str], any_deviation: bool
) -> Lowering:
    """How a precision is reached."""
    from inceptionspec.engines.available import check_precision
    from inceptionspec.quantization.lowering import Lowering

    check_precision(precision, f"precision={precision!r}")
    if isinstance(calibrate, os.PathLike):
        calibrate = os.fspath(calibrate)
    return Lowering(precision, calibrate, several(keep_float), any_deviation)


def refuse_other(name: str, value: Any, known: Sequence[str | None]) -> None:
    """Refuse a value that is none of those that an option can have."""
    if value in known:
        return
    words = [word for word in known if word is not None]
    message = f"`{name}` must be {listed(words, 'or')}"
    near = did_you_mean(value, words) if isinstance(value, str) else ()
    raise spec_error("E0805", message, external(f"{name}={shortened(repr(value))}"), *near)


def refuse_no_batch(batch: Any) -> None:
    """Refuse a number of images that is no whole number of at least 1; None leaves it open."""
    whole = isinstance(batch, Integral) and not isinstance(batch, bool)
    if batch is None or (whole and batch >= 1):
        return
    shown = shortened(repr(batch))
    must = "at least 1, not" if whole else "a whole number, not"
    raise spec_error("E0805", f"the batch must be {must} {shown}", external(f"batch={shown}"))


def warn(found: LoadedWeights | Chosen | PrecisionCost) -> None:
    """Python's warnings about weights, about a faulty cache, and about what a precision costs."""
    from inceptionspec.bench.choice import Chosen
    from inceptionspec.engines.precision_cost import PrecisionCost
    from inceptionspec.prediction.from_spec import doubts, started_fresh

    if isinstance(found, Chosen):
        if found.note:
            warnings.warn(found.note, stacklevel=5)
        return
    if isinstance(found, PrecisionCost):
        for text in (found.line, *found.doubts()):
            warnings.warn(f"precision {found.precision}: {text}", stacklevel=5)
        return
    for text in (*(one.message for one in doubts(found)), *started_fresh(found)):
        warnings.warn(text, stacklevel=5)
