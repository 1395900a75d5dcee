"""Summaries as comma-separated values: a row for each layer, or for each network."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ops.record import shape_text

_LAYER_COLUMNS = (
    "path", "op", "block", "head", "output_shape", "params", "trainable_params", "macs", "flops",
    "activation_bytes", "receptive_field", "stride",
)  # fmt: skip
_NETWORK_COLUMNS = (
    "name", "path", "input", "params", "trainable_params", "macs", "flops",
    "peak_activation_bytes", "network", "document",
)  # fmt: skip

_FORMULA = re.compile(r"(^|[;,|]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def to_csv(reports: Sequence[Summary]) -> str:
    """The layers of one summary, or a row for each of several."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if len(reports) == 1:
        writer.writerow(_LAYER_COLUMNS)
        writer.writerows(_layer_rows(reports[0]))
    else:
        writer.writerow(_NETWORK_COLUMNS)
        writer.writerows(_network_row(report) for report in reports)
    return text.getvalue()


def _layer_rows(report: Summary) -> list[list[str]]:
    rows = []
    for row in report.layers:
        node, field = row.node, row.field
        block = node.scope if node.scope != node.head else ""
        size = "" if field is None else shape_text(field.size)
        stride = "" if field is None or field.stride is None else shape_text(field.stride)
        rows.append(
            [
                cell(node.path),
                node.op,
                cell(block),
                cell(node.head),
                shape_text(node.shape),
                *map(_count, row.cost),
                size,
                stride,
            ]
        )
    return rows


def _network_row(report: Summary) -> list[str]:
    params, trainable, macs, flops, _ = report.total
    figures = (params, trainable, macs, flops, report.peak_activation_bytes)
    return [
        cell(report.name),
        cell(report.source),
        shape_text(report.graph.nodes[0].shape),
        *map(_count, figures),
        report.digests["network"],
        report.digests["document"],
    ]


def _count(value: int | None) -> str:
    return "" if value is None else str(value)


def cell(text: str) -> str:
    """A user's text, so that no spreadsheet takes it, or what follows a `;` in it, for a formula.

    Where a comma separates decimals, spreadsheets split cells at `;`.
    """
    return _FORMULA.sub(r"\1'", sanitize(text))
