"""A Summary as JSON: `inceptionspec.summary/1`, keys sorted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.analysis.costs import Cost
from inceptionspec.analysis.summary import BlockRow, HeadRow, LayerRow, Summary
from inceptionspec.diagnostics.source import Span
from inceptionspec.ir.preprocessing import preprocessing_data


def to_json(reports: Sequence[Summary], time: Mapping[str, Any] | None = None) -> str:
    """One summary as its document, several as `inceptionspec.summaries/1`.

    Args:
        reports: the networks.
        time: what ``times.time_data`` has of the only one.
    """
    documents = [data(report) for report in reports]
    if time is not None:
        documents[0]["time"] = time
    whole = (
        documents[0]
        if len(documents) == 1
        else {"schema": "inceptionspec.summaries/1", "summaries": documents}
    )
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def data(report: Summary) -> dict[str, Any]:
    """The document as plain data."""
    graph, steps = report.graph, report.graph.preprocessing
    paths = [node.path for node in graph.nodes]
    totals = report.total._asdict()
    del totals["activation_bytes"]
    return {
        "schema": "inceptionspec.summary/1",
        "spec": {"name": report.name, "path": report.source, **report.digests},
        "input": list(graph.nodes[0].shape),
        "preprocessing": None if steps is None else preprocessing_data(steps),
        "layers": [_layer(row, paths) for row in report.layers],
        "blocks": [_block(row) for row in report.blocks],
        "heads": {row.name: _head(row) for row in report.heads},
        "totals": {**totals, "peak_activation_bytes": report.peak_activation_bytes},
    }


def _layer(row: LayerRow, paths: Sequence[str]) -> dict[str, Any]:
    node, field = row.node, row.field
    return {
        "path": node.path,
        "op": node.op,
        "block": node.scope if node.scope != node.head else "",
        "head": node.head or None,
        "inputs": [paths[index] for index in node.inputs],
        "output_shape": list(node.shape),
        **_cost(row.cost),
        "receptive_field": None if field is None else list(field.size),
        "stride": None if field is None or field.stride is None else list(field.stride),
        "file": node.origin.span.source.name,
        "line": node.origin.span.line,
        "called_at": [_place(span) for span in node.origin.called_at],
    }


def _block(row: BlockRow) -> dict[str, Any]:
    return {
        "path": row.path,
        "block": row.definition or None,
        "layers": row.layers,
        "input_shape": list(row.input_shape),
        "output_shape": list(row.output_shape),
        **_cost(row.cost),
    }


def _head(row: HeadRow) -> dict[str, Any]:
    return {
        "from": row.source,
        "loss_weight": row.loss_weight,
        "output_shape": list(row.output_shape),
        **_cost(row.cost),
    }


def _cost(cost: Cost) -> dict[str, int | None]:
    return cost._asdict()


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.source.name, "line": span.line}
