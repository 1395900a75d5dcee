"""Which engines are installed and suit this processor."""

from __future__ import annotations

from inceptionspec.backends.engines import (
    ENGINES,
    FLOAT32,
    PRECISIONS,
    PROCESSOR_FOR,
    Engine,
)
from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.optional_packages import installed
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.utils.processor import processor_features


def lacking(engine: Engine) -> tuple[str, ...]:
    """The packages that an engine needs and that are not installed."""
    return tuple(name for name in engine.packages if not installed(name))


def unsuited(engine: Engine) -> tuple[str, ...]:
    """The features that an engine needs and that this processor does not have."""
    features = processor_features()
    if features is None:
        return ()
    return tuple(name for name in engine.processor if name not in features)


def processor_computes(precision: str) -> bool:
    """Whether this processor computes in a precision itself; what is not known counts as yes."""
    features, needed = processor_features(), PROCESSOR_FOR.get(precision)
    return features is None or needed is None or not features.isdisjoint(needed)


def available(precision: str = FLOAT32) -> tuple[str, ...]:
    """The names of the engines that can run here, in the order of the table.

    Args:
        precision: what they are to compute in, a name of ``PRECISIONS``.
    """
    if not processor_computes(precision):
        return ()
    return tuple(
        name
        for name, engine in ENGINES.items()
        if precision in engine.precisions and not lacking(engine) and not unsuited(engine)
    )


def check_available(name: str, place: str, precision: str = FLOAT32) -> None:
    """Refuse an engine that cannot run here, or not in a precision.

    Args:
        name: of the engine.
        place: what the finding shows.
        precision: what it is to compute in.

    Raises:
        SpecError: there is no such engine (E0806) or precision (E0805), a package that it needs
            is not installed (E0820), it does not suit this processor (E0821), or one of the two
            does not compute in the precision (E0823).
    """
    engine = engine_of(name)
    check_precision(precision, place)
    here = available()
    notes = (
        (f"engines that can run here are {listed(here)}",) if here else ("no engine can run here",)
    )
    missing = lacking(engine)
    if missing:
        raise spec_error(
            "E0820",
            f"the engine `{name}` is not installed: {_lacks(missing)}",
            place,
            f"pip install 'inceptionspec[{engine.extra}]'",
            notes=notes,
        )
    features = unsuited(engine)
    if features:
        raise spec_error(
            "E0821",
            f"the engine `{name}` does not run on this processor: it lacks {listed(features)}",
            place,
            "choose another engine",
            notes=notes,
        )
    if precision not in engine.precisions:
        raise _cannot(
            f"the engine `{name}` does not compute in {precision}",
            precision,
            place,
            f"it computes in {listed(engine.precisions)}",
        )


def check_precision(precision: str, place: str) -> None:
    """Refuse a precision that there is not, or in which this processor does not compute.

    Raises:
        SpecError: there is no such precision (E0805), or not on this processor (E0823).
    """
    if precision not in PRECISIONS:
        raise spec_error(
            "E0805",
            f"there is no precision `{precision}`",
            place,
            *(did_you_mean(precision, PRECISIONS) or (f"there are {listed(tuple(PRECISIONS))}",)),
        )
    if not processor_computes(precision):
        raise spec_error(
            "E0823",
            f"this processor does not compute in {precision}: it has neither "
            + " nor ".join(f"`{feature}`" for feature in PROCESSOR_FOR[precision]),
            place,
            f"choose {listed([one for one in PRECISIONS if processor_computes(one)], 'or')}",
        )


def check_any_available(precision: str, place: str) -> None:
    """Refuse to go on where no engine can run here, or none in a precision.

    Args:
        precision: what it is to compute in.
        place: what the finding on a precision shows.

    Raises:
        SpecError: there is none (E0704), none in the precision (E0823), or no such precision
            (E0805).
    """
    check_precision(precision, place)
    if available(precision):
        return
    if available():
        raise _cannot(f"no engine is installed that computes in {precision}", precision, place)
    raise spec_error(
        "E0704",
        "no package is installed that computes a network",
        "tensorflow",
        "pip install 'inceptionspec[tensorflow]'",
        "or pip install 'inceptionspec[onnxruntime]'",
        label="computing it needs one",
    )


def _cannot(message: str, precision: str, place: str, *notes: str) -> SpecError:
    """E0823, with the engines that do."""
    here = available(precision)
    able = {name: engine for name, engine in ENGINES.items() if precision in engine.precisions}
    advice = (
        f"engines that compute in {precision} here: {listed(here)}"
        if here
        else f"{listed(tuple(able), 'or')} computes in {precision}: "
        f"pip install 'inceptionspec[{next(iter(able.values())).extra}]'"
    )
    return spec_error("E0823", message, place, advice, notes=notes)


def _lacks(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"there is no package {listed(names)}"
    return f"there are no packages {listed(names)}"
