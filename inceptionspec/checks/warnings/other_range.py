"""W0114: a preprocessing that yields another range than the input states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.preprocessing import BYTE, scale_value, value_range
from inceptionspec.ops.attribute_types import write_real


def other_ranges(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0114: random inputs of a benchmark and real ones would not be alike.

    One step of a byte is no difference: (byte - 128) / 128 ends at 0.992.
    """
    steps, stated = loaded.graph.preprocessing, loaded.graph.value_range
    if steps is None or stated is None:
        return
    yielded = value_range(steps)
    step = 1.001 * max(steps.scale / std for std in steps.std)
    if all(abs(a - b) <= step for a, b in zip(stated, yielded, strict=True)):
        return
    section = loaded.spec.input
    places = [section.value_spans["range"], section.key_spans["preprocessing"]]
    labels = [Label(places[0], "stated here"), Label(places[1], f"yields {_written(yielded)}")]
    if places[0].source is loaded.source and places[1].source is not loaded.source:
        labels.reverse()
    other, primary = labels
    yield Diagnostic(
        "W0114",
        f"the preprocessing yields {_written(yielded)}, and the range is {_written(stated)}",
        primary,
        (other,),
        helps=(f"write `range: {_written(yielded)}`", *_fitting(stated)),
    )


def _fitting(stated: tuple[float, float]) -> tuple[str, ...]:
    """The preprocessing that fills a range."""
    low, high = stated
    if high <= low:
        return ()
    keys = f"scale: {scale_value((high - low) / BYTE)}, mean: {_short(-low)}, std: 1"
    return (f"or, where the range is right, write `preprocessing: {{{keys}}}`",)


def _written(ends: Sequence[float]) -> str:
    return f"[{', '.join(str(_short(end)) for end in ends)}]"


def _short(number: float) -> int | float:
    return write_real(float(f"{number:.6g}")) + 0
