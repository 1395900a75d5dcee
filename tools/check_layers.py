"""Hold the order of layers: data flows one way, and no module imports what lies after it.

    python tools/check_layers.py

Prints each import that runs against the order and exits with 1 if there is one. It reads
the sources and runs none of them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "inceptionspec"

#: The order of layers, the first to the left of the flow. A module may import its own
#: layer and those before it.
ORDER = (
    ("source", "limits"),
    ("diagnostics",),
    ("document", "engines"),
    ("reader",),
    ("files", "packages"),
    ("ops",),
    ("language", "words"),
    ("validate",),
    ("check", "schema", "arguments", "layout"),
    ("variants",),
    ("tree",),
    ("overrides",),
    ("expand",),
    ("graph",),
    ("plan",),
    ("resolve", "shapes"),
    ("misfits", "bounds"),
    ("link",),
    ("expanded", "checkpoint", "end_points"),
    ("analyses",),
    ("rewrites",),
    ("digest",),
    ("report", "values"),
    ("comparison",),
    ("outputs",),
    ("explain", "readable"),
    ("backends",),
    ("network",),
    ("contracts", "runs"),
    ("advice",),
    ("cli", "__main__"),
)
#: Packages that cost seconds to import, and the only places that may.
HEAVY = {
    "tensorflow": ("backends/keras", "runs"),
    "keras": ("backends/keras", "runs"),
    "numpy": ("backends/keras", "backends/onnx", "runs"),
    "onnx": ("backends/onnx",),
    "onnxruntime": ("runs",),
}


def rank(module: str) -> int | None:
    """Where a module of the package stands in the order; None for the package itself."""
    parts = module.split(".")
    if len(parts) < 2:
        return None
    for number, names in enumerate(ORDER):
        if parts[1] in names:
            return number
    raise SystemExit(f"tools/check_layers.py: {module} stands in no layer; add it to ORDER")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import that runs; those for type checkers alone do not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == PACKAGE:
                for alias in node.names:
                    yield node.lineno, f"{PACKAGE}.{alias.name}"
            else:
                yield node.lineno, node.module


def violations() -> Iterator[str]:
    """Each import that runs against the order, with its place."""
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        relative = path.relative_to(ROOT)
        module = ".".join(relative.with_suffix("").parts)
        own = rank(module) if relative.name != "__init__.py" or len(relative.parts) > 2 else None
        for line, imported in imports(path):
            place = f"{relative}:{line}"
            top = imported.split(".")[0]
            if top == PACKAGE and own is not None and not imported.endswith("__version__"):
                other = rank(imported)
                if other is not None and other > own:
                    yield f"{place}: {imported} comes after this module in the flow of data"
            inside = relative.relative_to(PACKAGE).as_posix()
            if top in HEAVY and not inside.startswith(HEAVY[top]):
                yield f"{place}: {top} may be imported in {' and '.join(HEAVY[top])} only"


def main() -> int:
    """Print the violations; 1 if there are any."""
    found = list(violations())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
