"""A profile as comma-separated values: a row for each layer, figures for the whole batch."""

from __future__ import annotations

import csv
import io

from inceptionspec.bench.tracing.profile import LayerProfile, Profile
from inceptionspec.ops.record import shape_text
from inceptionspec.reports.summary.csv import cell

_COLUMNS = (
    "path", "op", "block", "head", "output_shape", "seconds", "share_of_step", "macs", "flops",
    "bytes", "flops_per_byte", "flops_per_second", "share_of_peak", "predicted_seconds", "bound",
    "efficiency", "shared_with",
)  # fmt: skip


def to_csv(profile: Profile) -> str:
    """All layers that were run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_row(layer, profile) for layer in profile.layers)
    return text.getvalue()


def _row(layer: LayerProfile, profile: Profile) -> list[str]:
    figures = profile.figures((layer,))
    return [
        cell(layer.path),
        layer.op,
        cell(layer.block),
        cell(layer.head),
        shape_text(layer.shape),
        _number(figures.seconds),
        _number(figures.seconds / profile.step_seconds),
        *map(str, layer.demand),
        _number(layer.demand.intensity),
        _number(figures.flops_per_second),
        _number(figures.of_peak),
        _number(figures.predicted),
        "memory" if figures.memory_bound else "matrix",
        _number(figures.efficiency),
        cell(" ".join(layer.shared_with)),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
