"""Draw the pictures of the documentation.

Without an option it writes them; with ``--check`` it exits with 1 if one of them is stale. Plots
are written and not checked: versions of matplotlib differ in their last digits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from inceptionspec import Network, load
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram import Comparison, Options, draw
from inceptionspec.reports.sweep.scatter import scatter_picture
from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.records import Objective
from inceptionspec.sweep.run import Request, run

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _example(name: str) -> Network:
    return load(str(DOCS / "examples" / name))


def _changed(name: str) -> str:
    """Inception V3 and a variant of it in one diagram."""
    old, new = load("inception_v3"), _example(name)
    return draw(Comparison(old.loaded, new.loaded), Options("network"))


def _front() -> str:
    """The sweep of the page on designing."""
    bases = (open_base_spec(str(DOCS / "designing" / "flowers.yaml")),)
    settings = ("input=224", "width=0.5..1:0.0625", "Mixed_6[b-e].filters_7=64..192:32")
    request = Request(
        bases,
        find_knobs([parse_setting(setting) for setting in settings], bases),
        where="macs < 2e9 and memory < 4MB",
        objectives=(Objective("macs"), Objective("params", most=True)),
    )
    return scatter_picture(run(request), ".svg", "light", external("--plot")).decode()


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
    "diagrams/v3_columns.svg": lambda: load("inception_v3").to_svg(wrap=3),
    "diagrams/v3_a4.svg": lambda: load("inception_v3").to_svg(page="a4"),
    "diagrams/resnet_slide.svg": lambda: load("inception_resnet_v2").to_svg(page="slide"),
    "diagrams/gate.svg": lambda: load("mobilenet_v3_large").to_svg(
        only="expanded_conv_3", activations=True
    ),
    "diagrams/aux_lr.svg": lambda: load("inception_v3").to_svg(
        only="AuxLogits", direction="LR", theme="print"
    ),
    "diagrams/lean.svg": lambda: _changed("lean.yaml"),
    "diagrams/nasnet_cell.svg": lambda: load("nasnet_mobile").to_svg(only="cells_1/normal_1"),
    "diagrams/stem_change.svg": lambda: load("inception_v3").to_svg(
        diff=load("inception_v3_paper"), only="stem"
    ),
    "block.svg": lambda: _example("block.yaml").to_svg(),
    "tutorial/compared.svg": lambda: _changed("half.yaml"),
}
PLOTS: Mapping[str, Callable[[], str]] = {"designing/front.svg": _front}


def main() -> int:
    """Write the pictures, or say which are stale."""
    stale = 0
    checks = "--check" in sys.argv[1:]
    for name, picture in (PICTURES if checks else {**PICTURES, **PLOTS}).items():
        path, text = DOCS / name, picture()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if checks:
            print(f"docs/{name} is stale: run tools/make_pictures.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    return int(stale > 0 and checks)


if __name__ == "__main__":
    sys.exit(main())
