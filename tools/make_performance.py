"""Make what follows from the figures: docs/performance.md, performance_figures.md, and orders.

    python tools/make_performance.py [--check]

`bench_networks.py` measures and writes a file for each machine: `avx512.json` and others in
`tools/figures/`. A table stands between two comments, of which the first names it and the file:
`<!-- figures: overview avx512 -->`. The orders of engines are those that `auto` takes for the
networks that were measured. `--check` writes nothing and exits with 1 if a page or the orders are
stale. The picture is not checked: versions of matplotlib differ in their last digits.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from performance_figures import FIGURES, FILE, goals_text, kept_rows, orders, usual_text
from performance_pieces import (
    BATCHES,
    FIRST,
    KERAS,
    ONNXRUNTIME,
    OPENVINO,
    OTHERS,
    SETS,
    installed_sides,
)

from inceptionspec.backends.engines import ENGINES, FLOAT32, PRECISIONS
from inceptionspec.drawing.diagram.theme import LIGHT
from inceptionspec.drawing.plot.saving import own_settings, saved
from inceptionspec.engines.order import MEASURED_ORDERS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = (DOCS / "performance.md", DOCS / "performance_figures.md")
PICTURE = DOCS / "performance" / "throughput.svg"
#: The network of the picture.
SHOWN = FIRST[0]
_TABLE = re.compile(r"(<!-- figures: (\w+) (\w+) -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
#: What the overview shows of a set.
_SHOWN = {FLOAT32: (ONNXRUNTIME, OPENVINO, "litert", "optimized"), "others": OTHERS}
Rows = Sequence[Mapping[str, Any]]


def _ratio(found: Sequence[float] | None) -> str:
    if found is None:
        return "-"
    value, low, high = found
    return "1" if low == high == 1 else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    first = FIRST.index(row["network"]) if row["network"] in FIRST else len(FIRST)
    names = [side.name for side in installed_sides(row["network"]).values()]
    installed = names.index(row["side"]) if row["side"] in names else len(names)
    return first, row["network"], row["batch"], installed, row["side"], row["precision"]


def _shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.1e}" if number else "0"


def table(rows: Rows, chosen: str) -> str:
    """The figures of a set of sides: a row for each network, batch and side."""
    found = sorted((row for row in rows if row["set"] == chosen), key=_order)
    if not found:
        return "(not measured)\n"
    reduced = chosen == "reduced"
    titles = ["network", "batch", "side", *(["computes in"] if reduced else []), "ms",
              "against Keras", "against ONNX Runtime", "against OpenVINO", "rounds", "MiB",
              "deviation", *(["of the largest logit", "agreement"] if reduced else [])]  # fmt: skip
    lines = ["| " + " | ".join(titles) + " |", "|---|---:|" + "---|" * (len(titles) - 2)]
    for row in found:
        cells = [row["network"], str(row["batch"]), row["side"]]
        cells += [row["precision"]] if reduced else []
        cells += [f"{1e3 * row['seconds']:,.1f}"]
        cells += [_ratio(row.get(key)) for key in (KERAS, ONNXRUNTIME, OPENVINO)]
        cells += [str(row["rounds"]), f"{row['peak_bytes'] / 2**20:,.0f}", _shown(row["deviation"])]
        if reduced:
            agreement = row.get("agreement")
            cells += [_shown(row.get("largest")), "-" if agreement is None else f"{agreement:.0%}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def overview(rows: Rows, chosen: str = FLOAT32) -> str:
    """How many times as fast as Keras each engine of a set is: a row for a network and batch."""
    found = sorted((row for row in rows if row["set"] == chosen), key=_order)
    if not found:
        return "(not measured)\n"
    lines = [f"| network | batch | Keras, ms | {' | '.join(_SHOWN[chosen])} |"]
    lines.append("|---|---:|---:|" + "---:|" * len(_SHOWN[chosen]))
    for (network, batch), group in groupby(found, lambda row: (row["network"], row["batch"])):
        sides = {row["side"]: row for row in group}
        base = sides.get(installed_sides(network)[KERAS].name)
        if base is None:
            continue
        ratios = [sides[name][KERAS][0] if name in sides else None for name in _SHOWN[chosen]]
        best = max(ratio for ratio in ratios if ratio is not None)
        cells = [
            "-" if ratio is None else f"**{ratio:.2f}**" if ratio == best else f"{ratio:.2f}"
            for ratio in ratios
        ]
        lines.append(
            f"| {network} | {batch} | {1e3 * base['seconds']:,.1f} | {' | '.join(cells)} |"
        )
    return "\n".join(lines) + "\n"


def reduced_overview(rows: Rows) -> str:
    """How many times as fast as ONNX Runtime in float32 each engine is below it, and its error."""
    found = sorted((row for row in rows if row["set"] == "reduced"), key=_order)
    if not found:
        return "(not measured)\n"
    below = [(row["precision"], row["side"]) for row in found if row["precision"] != FLOAT32]
    sides = sorted(dict.fromkeys(below))
    titles = ["network", "batch", *(f"{side}, {precision}" for precision, side in sides)]
    lines = ["| " + " | ".join(titles) + " |", "|---|---:|" + "---:|" * len(sides)]
    for (network, batch), group in groupby(found, lambda row: (row["network"], row["batch"])):
        cells = {(row["precision"], row["side"]): _speed_and_error(row) for row in group}
        row = [network, str(batch), *(cells.get(side, "-") for side in sides)]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def _speed_and_error(row: Mapping[str, Any]) -> str:
    speed, error = row.get(ONNXRUNTIME), row.get("largest")
    return "-" if speed is None else f"{speed[0]:.2f} ({_shown(error)})"


def passes_table(rows: Rows) -> str:
    """How fast each engine is with a list of passes, against itself with the graph as it is."""
    found = sorted((row for row in rows if row["set"] == "passes"), key=_order)
    networks = list(dict.fromkeys(row["network"] for row in found))
    sides = [
        side
        for side in dict.fromkeys(row["side"] for row in found)
        if any(row["side"] == side and row["plain"] for row in found)
        and not side.endswith("plain graph")
    ]
    if not found:
        return "(not measured)\n"
    cells = {(row["network"], row["side"]): _ratio(row["plain"]) for row in found}
    lines = ["| side | " + " | ".join(networks) + " |", "|---|" + "---|" * len(networks)]
    lines += [
        f"| {side} | " + " | ".join(cells.get((one, side), "-") for one in networks) + " |"
        for side in sides
    ]
    return "\n".join(lines) + "\n"


def _goals(rows: Rows) -> str:
    return f"```text\n{goals_text(rows)}```\n"


def _quiet(rows: Rows) -> str:
    """On what the figures were measured, and how quiet it was."""
    if not rows:
        return "(not measured)\n"
    days = sorted({row["when"][:10] for row in rows})
    text = f"Measured on {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "")
    text += f", {_sets(rows)} sets."
    busy = _sets([row for row in rows if _said(row, "other processes")])
    if busy:
        text += f" While {busy} of them ran, other programs used more than a tenth of the machine."
    else:
        text += " Other programs used less than a tenth of the machine."
    stolen = _sets([row for row in rows if _said(row, "the host")])
    if stolen:
        text += f" While {stolen} ran, the host of this virtual machine took more than 2 % of it."
    held = _sets([row for row in rows if row["real_time"]])
    if held:
        text += f" {held} had the cores for each turn (`--real-time`)."
    text += "\n"
    return text


def _sets(rows: Rows) -> int:
    """How many sets of sides some rows are of."""
    return len({(row["network"], row["batch"], row["set"]) for row in rows})


def _said(row: Mapping[str, Any], sign: str) -> bool:
    """Whether a sign of noise was seen while a row was measured."""
    return any(said.startswith(sign) for said in row["noise"])


TABLES: Mapping[str, Callable[[Rows], str]] = {
    "goals": _goals,
    "usual": usual_text,
    "quiet": _quiet,
    "overview": overview,
    "reduced_overview": reduced_overview,
    "others_overview": partial(overview, chosen="others"),
    **{chosen: partial(table, chosen=chosen) for chosen in SETS},
    "passes": passes_table,
}


def filled(page: str, rows: Mapping[str, Rows]) -> str:
    """The page with its tables, of rows by the names of their files."""

    def table_of(found: re.Match[str]) -> str:
        comment, name, file = found.groups()
        return comment + TABLES[name](rows[file])

    return _TABLE.sub(table_of, page)


_MARKERS = dict(zip(PRECISIONS, ("o", "s", "D"), strict=True))
_LEFT = 1e-8
"""Where an output is drawn that does not deviate: it is what others are compared with."""


def picture(rows: Rows) -> bytes:
    """Throughput against deviation, a panel for each batch, as an SVG file."""
    colors = dict(zip([*ENGINES, "keras.applications"], LIGHT.blocks, strict=True))
    found = [
        row
        for row in rows
        if row["network"] == SHOWN and row["side"] in colors and row["deviation"] is not None
    ]
    batches = [batch for batch in BATCHES if any(row["batch"] == batch for row in found)]
    with own_settings("the picture of figures needs it"):
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(9.4, 4.0), dpi=144, facecolor=LIGHT.paper, layout="constrained")
        drawn.suptitle(
            f"{SHOWN}: throughput against deviation", x=0.01, ha="left", fontsize=15,
            fontweight="bold", color=LIGHT.ink,
        )  # fmt: skip
        panels: Any = drawn.subplots(1, max(len(batches), 1), squeeze=False, sharex=True)[0]
        for axes, batch in zip(panels, batches, strict=False):
            _panel(axes, batch, [row for row in found if row["batch"] == batch], colors)
        _legend(drawn, found, colors)
        return saved(drawn, ".svg")


def _panel(axes: Any, batch: int, rows: Rows, colors: Mapping[str, str]) -> None:
    drawn = set()
    for row in rows:
        key = (row["side"], row["precision"])
        if key in drawn:  # a framework that takes part in several sets
            continue
        drawn.add(key)
        axes.plot(
            [row["deviation"] or _LEFT], [batch / row["seconds"]], linestyle="none",
            marker=_MARKERS[row["precision"]], markersize=8, color=colors[row["side"]],
            markeredgecolor=LIGHT.ink, markeredgewidth=0.6,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_ylim(0, 1.08 * axes.get_ylim()[1])  # no mark is cut
    axes.set_title(f"batch {batch}", loc="left", fontsize=9, color=LIGHT.ink)
    axes.set_xlabel("deviation, of the largest logit", fontsize=9, color=LIGHT.ink)
    axes.set_ylabel("images per second", fontsize=9, color=LIGHT.ink)
    axes.grid(color=LIGHT.frame_line, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=9, labelcolor=LIGHT.ink)
    for side in axes.spines.values():
        side.set_visible(False)


def _legend(drawn: Any, rows: Rows, colors: Mapping[str, str]) -> None:
    from matplotlib.lines import Line2D

    sides = {row["side"] for row in rows}
    marks = [
        Line2D([], [], linestyle="none", marker="o", markersize=8, color=color,
               markeredgecolor=LIGHT.ink, markeredgewidth=0.6, label=side)
        for side, color in colors.items()
        if side in sides
    ]  # fmt: skip
    marks += [
        Line2D([], [], linestyle="none", marker=marker, markersize=8, color=LIGHT.paper,
               markeredgecolor=LIGHT.ink, markeredgewidth=0.9, label=precision)
        for precision, marker in _MARKERS.items()
        if any(row["precision"] == precision for row in rows)
    ]  # fmt: skip
    drawn.legend(
        handles=marks, loc="outside lower left", ncols=6, frameon=False, fontsize=9,
        labelcolor=LIGHT.ink,
    )  # fmt: skip


def orders_text(rows: Mapping[str, Rows]) -> str:
    """The orders of engines of all machines, as a file of comma-separated values."""
    lines = ["feature,network,batch,engines"]
    for name in sorted(rows):
        lines += [",".join(map(str, order)) for order in orders(rows[name])]
    return "\n".join(lines) + "\n"


def brought_up_to_date(file: Path, text: str, *, only_look: bool) -> bool:
    """Write a file, or say that it is stale; returns whether it was."""
    stale = file.read_text(encoding="utf-8") != text
    if only_look and stale:
        print(f"{file.relative_to(ROOT)} is stale: run tools/make_performance.py")
    elif stale:
        file.write_text(text, encoding="utf-8")
    return stale


def all_rows() -> dict[str, Rows]:
    """What the files of figures hold, by the names of the files."""
    return {file.stem: kept_rows(file) for file in FIGURES.glob("*.json")}


def main() -> int:
    """Write the pages and the picture, or say which page is stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    write = partial(brought_up_to_date, only_look=given.check)
    rows = all_rows()
    stale = [write(MEASURED_ORDERS, orders_text(rows))]
    stale += [write(page, filled(page.read_text(encoding="utf-8"), rows)) for page in PAGES]
    if given.check:
        return int(any(stale))
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(picture(rows[FILE.stem]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
