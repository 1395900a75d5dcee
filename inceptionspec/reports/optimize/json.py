"""The result of `specbuild optimize` as JSON: `inceptionspec.optimize/1`, keys sorted.

============  ===============================================================================
``name``,     the network, where it was read from, and its digest before rewriting
``path``,
``network``
``outputs``   names of what was asked for; the empty name is the last layer
``passes``    in the order in which they ran: ``name``, ``doc``, ``steps`` (``paths``, ``what``,
              ``file``, ``line``), ``left`` (``paths``, ``why``, ``file``, ``line``), and
              ``figures`` before and after the pass
``figures``   of the whole network
``layers``    of the rewritten one: ``path``, ``op``, ``inputs`` (paths), ``output_shape``,
              ``weights`` (``name``, ``shape``, ``from``: the weights of the original, by
              ``path`` and ``name``, that it is made of)
============  ===============================================================================

Each of the figures ``layers``, ``params``, ``macs``, ``flops`` and ``peak_activation_bytes`` is
``before``, ``after`` and ``difference``, null where a size is open. Shapes leave the batch out.
"""

from __future__ import annotations

import json
from typing import Any

from inceptionspec.ir.graph import Graph, Node, Origin
from inceptionspec.rewrites import Rewritten
from inceptionspec.rewrites.savings import GraphCost, PassReport, savings
from inceptionspec.rewrites.weight_expr import leaves


def to_json(found: Rewritten, source: str, digest: str) -> str:
    """The document as text."""
    return json.dumps(data(found, source, digest), indent=2, sort_keys=True) + "\n"


def data(found: Rewritten, source: str, digest: str) -> dict[str, Any]:
    """The document as plain data."""
    counted = savings(found)
    return {
        "schema": "inceptionspec.optimize/1",
        "name": found.original.name,
        "path": source,
        "network": digest,
        "outputs": list(found.outputs),
        "passes": [_pass(report) for report in counted.passes],
        "figures": _figures(counted.before, counted.after),
        "layers": [_layer(found, node, found.graph) for node in found.graph.nodes],
    }


def _pass(report: PassReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "doc": report.doc,
        "steps": [
            {"paths": step.paths, "what": step.what, **_place(step.origin)} for step in report.steps
        ],
        "left": [
            {"paths": left.paths, "why": left.why, **_place(left.origin)} for left in report.skipped
        ],
        "figures": _figures(report.before, report.after),
    }


def _place(origin: Origin) -> dict[str, Any]:
    return {"file": origin.span.source.name, "line": origin.span.line}


def _figures(before: GraphCost, after: GraphCost) -> dict[str, Any]:
    return {
        name: {
            "before": old,
            "after": new,
            "difference": None if old is None or new is None else new - old,
        }
        for name, old, new in zip(before._fields, before, after, strict=True)
    }


def _layer(found: Rewritten, node: Node, graph: Graph) -> dict[str, Any]:
    return {
        "path": node.path,
        "op": node.op,
        "inputs": [graph.nodes[index].path for index in node.inputs],
        "output_shape": node.shape,
        "weights": [
            {
                "name": weight.name,
                "shape": weight.shape,
                "from": [
                    {"path": leaf.path, "name": leaf.name}
                    for leaf in leaves(found.weights[node.path, weight.name])
                ],
            }
            for weight in node.weights
        ],
    }
