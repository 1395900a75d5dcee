"""Write the signatures of the built-in networks, by which `specbuild import` knows them again.

python tools/make_known.py
"""

from __future__ import annotations

import json
from pathlib import Path

import inceptionspec
from inceptionspec.importers.recovery.known import TABLE
from inceptionspec.importers.recovery.signature import signature
from inceptionspec.ops.record import size_text


def table() -> str:
    """The file: a line for each built-in spec, its digests and the size of its input."""
    rows = {}
    for name in inceptionspec.builtin_specs():
        graph = inceptionspec.load(name).graph
        rows[name] = {**signature(graph)._asdict(), "size": size_text(graph.nodes[0].shape)}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    return f"{{\n{lines}\n}}\n"


if __name__ == "__main__":
    Path(TABLE).write_text(table(), encoding="utf-8")
    print(f"{TABLE} has {len(inceptionspec.builtin_specs())} networks")
