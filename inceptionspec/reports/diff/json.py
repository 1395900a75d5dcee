"""A Difference as JSON: `inceptionspec.diff/1`, keys sorted, layer by layer.

===============  ============================================================================
``old, new``     ``name``, ``path`` (where it was read from), ``network`` (its digest)
``same``         whether the digests are equal: then only ``renamed`` and ``preprocessing`` may
                 hold anything
``input``        changes of ``size`` (height x width, or ``any``), ``channels``, ``range``
``pre-           changes of the keys of ``preprocessing``, which is no part of the network
processing``     digest
``main``         old and new main head, or null
``heads``        ``old`` and ``new`` name (null where there is no such head), ``layers``, and
                 ``changes`` of ``from``, ``loss_weight``, ``label_smoothing``, ``predictions``
``added``,       layers of the new and of the old spec alone: ``path``, ``part`` (the outermost
``removed``      block or head that is alone), ``op``, ``attributes``, ``inputs``,
                 ``output_shape``
``changed``      layers of both: ``old_path``, ``new_path``, ``op``, ``attributes`` (changes;
                 ``norm.scale`` is the key ``scale`` of ``norm``, and ``op`` another operator),
                 ``output_shape`` and ``inputs`` (``old`` and ``new``, or null)
``renamed``      ``old`` and ``new`` path of a layer, or of a part; ``layers`` of it keep their
                 own names, or all of them have others
``training``     what only training reads: ``names`` of changes in ``changed`` and ``heads``,
                 ``layers``, the old paths of changed layers that differ in nothing else, and
                 ``only``, whether the networks differ in nothing else
``reordered``    whether layers that both have run in another order
``parts``        ``old_path`` and ``new_path`` (null where there is none) of what a summary
                 shows as rows, with ``figures``
``totals``       the same figures of the whole networks
``not_allowed``  a sentence on each condition of ``--fail-on`` that holds; left out where none does
===============  ============================================================================

A change is ``name``, ``old``, ``new``: values of YAML, null where one has none. Each of the
figures ``params``, ``trainable_params``, ``macs``, ``flops`` and ``peak_activation_bytes`` is
``old``, ``new``, ``difference`` and ``percent`` of the old: null where a size is open or
nothing can be divided; what is not there counts as 0. Shapes leave the batch out, and null is
an open side.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from inceptionspec.analysis.diff.difference import (
    Change,
    Difference,
    Figures,
    HeadChange,
    Layer,
    LayerChange,
    NetworkRef,
    PartCost,
)
from inceptionspec.diagnostics.diagnostic import Diagnostic


def to_json(difference: Difference, passed: Sequence[Diagnostic] = ()) -> str:
    """The document as text, with what ``--fail-on`` does not allow."""
    whole = data(difference)
    if passed:
        whole["not_allowed"] = [finding.message for finding in passed]
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def data(difference: Difference) -> dict[str, Any]:
    """The document as plain data."""
    main = difference.main
    return {
        "schema": "inceptionspec.diff/1",
        "old": _network(difference.old),
        "new": _network(difference.new),
        "same": difference.same,
        "input": _changes(difference.input),
        "preprocessing": _changes(difference.preprocessing),
        "main": None if main is None else {"old": main.old, "new": main.new},
        "heads": [_head(head) for head in difference.heads],
        "added": [_layer(layer) for layer in difference.added],
        "removed": [_layer(layer) for layer in difference.removed],
        "changed": [_layer_change(layer) for layer in difference.changed],
        "renamed": [rename._asdict() for rename in difference.renamed],
        "training": _training(difference),
        "reordered": difference.reordered,
        "parts": [
            {"old_path": part.old_path, "new_path": part.new_path, "figures": _figures(part)}
            for part in difference.parts
        ],
        "totals": _figures(difference.total),
    }


def _network(network: NetworkRef) -> dict[str, str]:
    return {"name": network.name, "path": network.source, "network": network.digest}


def _training(difference: Difference) -> dict[str, Any]:
    changes = [
        *(change for layer in difference.changed for change in layer.attributes),
        *(change for head in difference.heads if head.old and head.new for change in head.changes),
    ]
    return {
        "names": sorted({change.name for change in changes if change.trains_only}),
        "layers": [
            layer.old_path
            for layer in difference.changed
            if layer.trains_only and layer.shapes is None and layer.inputs is None
        ],
        "only": difference.trains_only,
    }


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [change._asdict() for change in changes]


def _head(head: HeadChange) -> dict[str, Any]:
    return {**head._asdict(), "changes": _changes(head.changes)}


def _layer(layer: Layer) -> dict[str, Any]:
    document = layer._asdict()
    document["output_shape"] = document.pop("shape")
    return document


def _layer_change(layer: LayerChange) -> dict[str, Any]:
    return {
        "old_path": layer.old_path,
        "new_path": layer.new_path,
        "op": layer.op,
        "attributes": _changes(layer.attributes),
        "output_shape": _old_and_new(layer.shapes),
        "inputs": _old_and_new(layer.inputs),
    }


def _old_and_new(values: tuple[Any, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {"old": values[0], "new": values[1]}


def _figures(part: PartCost) -> dict[str, Any]:
    return {name: _figure(part, name) for name in Figures._fields}


def _figure(part: PartCost, name: str) -> dict[str, Any]:
    old = 0 if part.old is None else getattr(part.old, name)
    new = 0 if part.new is None else getattr(part.new, name)
    known = old is not None and new is not None
    return {
        "old": old,
        "new": new,
        "difference": new - old if known else None,
        "percent": round(100 * (new - old) / old, 4) if known and old else None,
    }
