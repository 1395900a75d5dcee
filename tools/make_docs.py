"""Write the pages of the documentation that are generated from code and specs.

python tools/make_docs.py            write the pages that are listed in PAGES
python tools/make_docs.py --check    exit with 1 if one of them is stale
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs_api import api
from docs_findings import findings
from docs_operators import operators
from docs_provenance import provenance

ROOT = Path(__file__).resolve().parent.parent
PAGES: Mapping[str, Callable[[], str]] = {
    "docs/api.md": api,
    "docs/findings.md": findings,
    "docs/operators.md": operators,
    "docs/provenance.md": provenance,
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or name those that are stale; 1 if there are any."""
    if set(arguments) - {"--check"}:
        print(__doc__)
        return 2
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not arguments:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    if arguments and stale:
        print(f"stale: {', '.join(stale)}; run `python tools/make_docs.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
