"""The two digests: of what is computed and trained, and of the whole expanded text.

Both are SHA-256 over canonical JSON: UTF-8, keys sorted, no white space, numbers in the
shortest form that reads back the same. docs/language.md describes the two documents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from inceptionspec.frontend.writing.expanded_spec import Data, written
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Op

#: Attributes that only decide the values of others.
STEERING = ("clip", "fixed")


def network_digest(graph: Graph) -> str:
    """Digest of operators, attributes, connections in branch order, heads and input.

    Names, docs, contracts and key order leave it alone; arguments, width and input size
    are in it as far as they change what is computed.
    """
    layers = [layer_data(OPS[node.op], node.attributes, node.inputs) for node in graph.nodes]
    return sha256(canonical({**heading_data(graph), "layers": layers}))


def layer_data(op: Op, attributes: Attributes, inputs: Sequence[int]) -> Data:
    """What the digest of a network takes of a layer."""
    kept = {k: v for k, v in written(op, attributes).items() if k not in STEERING}
    return {"op": op.name, "attributes": kept, "inputs": inputs}


def heading_data(graph: Graph) -> Data:
    """What it takes of the input and the heads."""
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
    shape = {"shape": graph.nodes[0].shape, "range": graph.value_range}
    return {"input": shape, "heads": heads}


def document_digest(expanded: Data) -> str:
    """Digest of the expanded spec with its names, docs and contracts."""
    return sha256(canonical(ordered(expanded)))


def ordered(value: Any, key: str = "") -> Any:
    """The same data with branches and heads as lists: their order has a meaning."""
    if isinstance(value, dict):
        if key in ("branches", "heads"):
            return [[name, ordered(part)] for name, part in value.items()]
        return {name: ordered(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [ordered(part) for part in value]
    return value


def canonical(data: Any) -> str:
    """Data as canonical JSON."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """The digest of a canonical text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
