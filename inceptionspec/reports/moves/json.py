"""What moves did as JSON: `inceptionspec.rewrite/1`, keys sorted.

===========  ================================================================================
``name``,    the variant, and its network digest
``network``
``base``     ``name``, ``path`` and ``network`` of what it extends
``text``     the spec
``kind``     the most that any move did: ``equivalent``, ``approximate``, ``new architecture``
``moves``    in order: ``name``, ``at`` (empty for everywhere), ``kind``, ``source``, ``paths``
             that were changed, ``left`` (``path``, ``why``)
``figures``  each of ``params``, ``trainable_params``, ``macs``, ``flops`` and
             ``peak_activation_bytes`` with ``base`` and ``variant``, null where a size is open
===========  ================================================================================

`--list` prints `inceptionspec.moves/1`: under ``moves`` the ``name``, ``doc``, ``source``,
``takes`` and ``kind`` of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.moves.record import Move
from inceptionspec.moves.variant import Moved, Variant


def to_json(found: Variant) -> str:
    """The document as text."""
    return json.dumps(data(found), indent=2, sort_keys=True) + "\n"


def data(found: Variant) -> dict[str, Any]:
    """The document as plain data."""
    total = compare(found.base, found.loaded).total
    assert total.old is not None
    assert total.new is not None
    return {
        "schema": "inceptionspec.rewrite/1",
        "name": found.loaded.name,
        "network": found.loaded.digests["network"],
        "base": {
            "name": found.base.name,
            "path": found.base.source.name,
            "network": found.base.digests["network"],
        },
        "text": found.text,
        "kind": found.kind,
        "moves": [_moved(moved) for moved in found.moved],
        "figures": {
            name: {"base": old, "variant": new}
            for name, old, new in zip(total.old._fields, total.old, total.new, strict=True)
        },
    }


def _moved(moved: Moved) -> dict[str, Any]:
    return {
        "name": moved.move.name,
        "at": moved.at,
        "kind": moved.kind,
        "source": moved.move.source,
        "paths": list(moved.paths),
        "left": [{"path": path, "why": why} for path, why in moved.left],
    }


def list_json(moves: Iterable[Move]) -> str:
    """All moves as JSON."""
    rows = [
        {
            "name": move.name,
            "doc": move.doc,
            "source": move.source,
            "takes": move.where,
            "kind": move.kind,
        }
        for move in moves
    ]
    return json.dumps({"schema": "inceptionspec.moves/1", "moves": rows}, indent=2) + "\n"
