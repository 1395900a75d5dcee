"""What became of a foreign model, as JSON: `inceptionspec.import/1`, keys sorted.

============  ===============================================================================
``source``    what was imported
``network``   the name of the network, and its digests
``builtin``   the built-in spec that it is or varies; null where it is neither
``varies``    whether it is a variant of that
``layers``    how many layers the source has, and the spec
``lines``     those of the spec
``names``     by the name of each layer of the source the path of what it became, or is a part of
``notes``     what the source says that a spec cannot hold
``files``     what was written
============  ===============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from inceptionspec.importers.importing import Imported

SCHEMA = "inceptionspec.import/1"


def to_json(found: Imported, source: str, written: Sequence[str]) -> str:
    """The document as text."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "source": source,
        "network": {"name": found.loaded.name, "digests": dict(found.loaded.digests)},
        "builtin": found.builtin or None,
        "varies": found.varies,
        "layers": {"source": found.layers, "spec": len(found.loaded.graph.nodes) - 1},
        "lines": found.text.count("\n"),
        "names": dict(found.renamed),
        "notes": list(found.notes),
        "files": list(written),
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"
