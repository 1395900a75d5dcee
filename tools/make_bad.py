"""Rewrite the findings that the tests expect of the bad specs and recipes.

    python tools/make_bad.py

Prints the name of each file that changed. Look at every one before you commit it.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write every text that is not what the finding is now."""
    sys.path.insert(0, str(ROOT / "tests" / "helpers"))
    corpus = importlib.import_module("corpus")
    for spec in (*corpus.SPECS, *corpus.RECIPES):
        os.chdir(spec.parent)
        file, text = corpus.expected(spec), corpus.shown(spec)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        file.write_text(text, encoding="utf-8")
        print(f"wrote {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
