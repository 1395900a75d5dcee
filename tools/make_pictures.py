"""Draw the pictures of the documentation.

python tools/make_pictures.py            write them
python tools/make_pictures.py --check    exit with 1 if one of them is stale
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from inceptionspec import Network, load
from inceptionspec.drawing.diagram import Options, draw_difference

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _changed() -> str:
    old, new = load("inception_v3"), load(str(DOCS / "examples" / "lean.yaml"))
    return draw_difference(old.loaded, new.loaded, Options("network"))


def _drawn(network: Network, **options: object) -> str:
    return network.render(**options) or ""  # type: ignore[arg-type]


#: Where each picture lies in docs/, and how it is drawn; docs/diagrams.md gives the commands.
PICTURES: Mapping[str, Callable[[], str]] = {
    "inception_v3.svg": lambda: _drawn(load("inception_v3")),
    "diagrams/mixed_7b.svg": lambda: _drawn(load("inception_v3"), only="Mixed_7b"),
    "diagrams/mixed_7b_branches.svg": lambda: _drawn(
        load("inception_v3"), only="Mixed_7b", fold="branches"
    ),
    "diagrams/block35_dark.svg": lambda: _drawn(
        load("inception_resnet_v2"), only="Repeat/block35_1", theme="dark"
    ),
    "diagrams/v3_macs.svg": lambda: _drawn(load("inception_v3"), color_by="macs"),
    "diagrams/v4_once.svg": lambda: _drawn(load("inception_v4"), collapse_repeats=True),
    "diagrams/aux_lr.svg": lambda: _drawn(
        load("inception_v3"), only="AuxLogits", direction="LR", theme="print"
    ),
    "diagrams/lean.svg": _changed,
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
