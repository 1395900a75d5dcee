"""Write the golden files of diagrams: the DOT text of every built-in network and fold level.

    python tools/make_golden_dot.py

Look at what changes (`git diff --stat`), and at a picture of it, before you commit it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from inceptionspec import load
from inceptionspec.drawing.diagram import Options, dot_text
from inceptionspec.drawing.diagram.options import FOLDS
from inceptionspec.frontend.reading.spec_files import builtin_names

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "golden" / "dot"


def main() -> int:
    """Write all of them anew."""
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for name in builtin_names():
        graph = load(name).graph
        for fold in FOLDS:
            text = dot_text(graph, Options(fold))
            (GOLDEN / f"{name}.{fold}.dot").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
