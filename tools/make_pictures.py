"""Draw the pictures of the documentation.

Without an option it writes them; with ``--check`` it exits with 1 if one of them is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from inceptionspec import Network, load
from inceptionspec.drawing.diagram import Options, draw_difference

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _example(name: str) -> Network:
    return load(str(DOCS / "examples" / name))


def _changed(name: str) -> str:
    """Inception V3 and a variant of it in one diagram."""
    old, new = load("inception_v3"), _example(name)
    return draw_difference(old.loaded, new.loaded, Options("network"))


#: Where each picture lies in docs/, and how it is drawn; the pages give the commands.
PICTURES: Mapping[str, Callable[[], str]] = {
    "inception_v3.svg": lambda: load("inception_v3").to_svg(),
    "diagrams/mixed_7b.svg": lambda: load("inception_v3").to_svg(only="Mixed_7b"),
    "diagrams/mixed_7b_branches.svg": lambda: load("inception_v3").to_svg(
        only="Mixed_7b", fold="branches"
    ),
    "diagrams/block35_dark.svg": lambda: load("inception_resnet_v2").to_svg(
        only="Repeat/block35_1", theme="dark"
    ),
    "diagrams/v3_macs.svg": lambda: load("inception_v3").to_svg(color_by="macs"),
    "diagrams/v4_once.svg": lambda: load("inception_v4").to_svg(collapse_repeats=True),
    "diagrams/aux_lr.svg": lambda: load("inception_v3").to_svg(
        only="AuxLogits", direction="LR", theme="print"
    ),
    "diagrams/lean.svg": lambda: _changed("lean.yaml"),
    "block.svg": lambda: _example("block.yaml").to_svg(),
    "tutorial/compared.svg": lambda: _changed("half.yaml"),
}


def main() -> int:
    """Write the pictures, or say which are stale."""
    stale = 0
    for name, draw in PICTURES.items():
        path, text = DOCS / name, draw()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if "--check" in sys.argv[1:]:
            print(f"docs/{name} is stale: run tools/make_pictures.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    return int(stale > 0 and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
