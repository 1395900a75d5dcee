"""The two digests: of what is computed and trained, and of the whole expanded text.

Both are SHA-256 over canonical JSON: UTF-8, keys sorted, no white space, numbers in the
shortest form that reads back the same. docs/language.md describes the two documents.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from inceptionspec.frontend.writing.expanded_spec import Data, written
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

#: Attributes that only decide the values of others.
STEERING = ("clip", "fixed")


def network_digest(graph: Graph) -> str:
    """Digest of operators, attributes, connections in branch order, heads and input.

    Names, docs, contracts and key order leave it alone; arguments, width and input size
    are in it as far as they change what is computed.
    """
    layers = []
    for node in graph.nodes:
        op = OPS[node.op]
        attributes = written(op, node.attributes)
        layers.append(
            {
                "op": node.op,
                "attributes": {k: v for k, v in attributes.items() if k not in STEERING},
                "inputs": node.inputs,
            }
        )
    heads = [
        {
            "output": head.output,
            "predictions": head.predictions,
            "loss_weight": head.loss_weight,
            "label_smoothing": head.label_smoothing,
            "main": head.name == graph.main,
        }
        for head in graph.heads
    ]
    return _sha256(
        {
            "input": {"shape": graph.nodes[0].shape, "range": graph.value_range},
            "layers": layers,
            "heads": heads,
        }
    )


def document_digest(expanded: Data) -> str:
    """Digest of the expanded spec with its names, docs and contracts."""
    return _sha256(_ordered(expanded))


def _ordered(value: Any, key: str = "") -> Any:
    """The same data with branches and heads as lists: their order has a meaning."""
    if isinstance(value, dict):
        if key in ("branches", "heads"):
            return [[name, _ordered(part)] for name, part in value.items()]
        return {name: _ordered(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_ordered(part) for part in value]
    return value


def _sha256(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
