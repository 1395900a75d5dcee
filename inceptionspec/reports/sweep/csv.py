"""Every variant of a sweep as CSV, refused ones included."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from inceptionspec.sweep.records import Swept, Variant

COLUMNS = (
    "params",
    "trainable_params",
    "macs",
    "flops",
    "memory",
    "field_height",
    "field_width",
    "predicted",
    "measured",
    "front",
    "status",
    "repeats",
    "code",
    "message",
    "place",
    "network",
    "document",
)


def csv_lines(swept: Swept) -> Iterator[str]:
    """The lines of the table, one at a time: a sweep may be longer than memory."""
    on_front = swept.on_front
    yield _line(["number", *(knob.name for knob in swept.knobs), *COLUMNS])
    for variant in swept.variants:
        yield _line(_cells(variant, variant.number in on_front))


def status_of(variant: Variant) -> str:
    """What became of a variant: ``row``, ``repeated``, ``excluded`` or ``refused``."""
    if variant.refusal is not None:
        return "refused"
    if not variant.admitted:
        return "excluded"
    return "row" if variant.repeats is None else "repeated"


def _cells(variant: Variant, on_front: bool) -> list[object]:
    figures, refusal = variant.figures, variant.refusal
    counts: list[object] = [None] * 7
    if figures is not None:
        height, width = figures.field or (None, None)
        counts = [figures.params, figures.trainable_params, figures.macs, figures.flops]
        counts += [figures.memory, height, width]
    blame = [None] * 3 if refusal is None else [refusal.code, refusal.message, refusal.place]
    return [
        variant.number,
        *variant.values.values(),
        *counts,
        variant.predicted,
        variant.measured,
        int(on_front),
        status_of(variant),
        variant.repeats,
        *blame,
        variant.network,
        variant.document,
    ]


def _line(cells: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
