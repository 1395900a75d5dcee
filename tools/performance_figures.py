"""What `bench_networks.py` measured: a file of figures for each machine, and the goals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from performance_pieces import (
    FIRST,
    INSTALLED,
    KERAS,
    ONNXRUNTIME,
    SETS,
    V3,
    Contender,
    Piece,
    installed_sides,
)

from inceptionspec import load
from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.environment import version
from inceptionspec.engines.order import usual_order
from inceptionspec.reports.evaluation.text import counted

FIGURES = Path(__file__).resolve().parent / "figures"
FILE = FIGURES / "avx512.json"
PACKAGES = ("inceptionspec", "tensorflow", "keras", "onnxruntime", "openvino", "ai-edge-litert")
#: Against Keras: what is slower is not measured with more images.
SLOW = 0.2
#: How far an interval of a ratio may reach.
NARROW = 0.05


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": []}
    if file.exists():
        found = json.loads(file.read_text(encoding="utf-8"))
    return found


def kept_rows(file: Path) -> list[dict[str, Any]]:
    """What a file of figures holds, of whatever machine; nothing where there is none."""
    rows: list[dict[str, Any]] = _read(file)["rows"]
    return rows


class Figures:
    """The file: the machine, and a row for each piece and side."""

    def __init__(self, file: Path, machine: Mapping[str, Any]) -> None:
        self.file, self.machine = file, machine
        data = _read(file)
        if data.get("machine", machine) != machine:
            raise SystemExit(
                f"{file} was measured on another machine, with other versions or threads: "
                "name another with --file, or delete it"
            )
        self.rows: list[dict[str, Any]] = data["rows"]

    def has(self, piece: Piece, chosen: str, side: Contender, since: str = "") -> bool:
        """Whether a side of a piece's set was measured, at some time or later."""
        key = (piece.network, piece.batch, chosen, side.name, side.precision)
        return any(key == _key(row) and row["when"] >= since for row in self.rows)

    def slow(self, piece: Piece, side: Contender) -> bool:
        """Whether a side was far behind Keras with fewer images: its steps would take all time."""
        return any(
            (row["network"], row["side"], row["precision"])
            == (piece.network, side.name, side.precision)
            and row["batch"] < piece.batch
            and row.get(KERAS)
            and row[KERAS][0] < SLOW
            for row in self.rows
        )

    def put(self, rows: Sequence[dict[str, Any]]) -> None:
        """Replace the rows of the same sides, and write the file."""
        keys = {_key(row) for row in rows}
        self.rows = [row for row in self.rows if _key(row) not in keys] + list(rows)
        lines = ",\n".join(f"  {json.dumps(row)}" for row in self.rows)
        machine = json.dumps(self.machine)
        temporary = self.file.with_suffix(".new")
        temporary.write_text(f'{{"machine": {machine},\n "rows": [\n{lines}\n]}}\n', "utf-8")
        temporary.replace(self.file)


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("network", "batch", "set", "side", "precision"))


def machine_facts(threads: int | None) -> dict[str, Any]:
    """What all figures of a file depend on."""
    return {
        "cpu": cpu.model_name(),
        "cores": cpu.logical_cores(),
        "threads": threads,
        "versions": {name: version(name) for name in PACKAGES},
    }


class Goal(NamedTuple):
    """A figure, and the least that it should be."""

    what: str
    ratio: Sequence[float] | None
    bound: float


def _row(
    rows: Sequence[Mapping[str, Any]], network: str, batch: int, side: str, precision: str
) -> Mapping[str, Any] | None:
    found = [
        row
        for row in rows
        if (row["network"], row["batch"], row["side"], row["precision"])
        == (network, batch, side, precision)
    ]
    return min(found, key=lambda row: SETS.index(row["set"]), default=None)


def engine_rows(
    rows: Sequence[Mapping[str, Any]], network: str, batch: int
) -> dict[str, Mapping[str, Any]]:
    """The rows of the engines that `auto` may take in float32, the fastest first.

    Of an engine that was not measured itself, the row as installed. The usual order breaks ties.
    Empty where only frameworks as installed were measured, next to other precisions.
    """
    of_set = [row for row in rows if _piece(row) == (network, batch, FLOAT32)]
    found: dict[str, Mapping[str, Any]] = {}
    for engine in usual_order(batch, of_set[0]["processor"]) if of_set else ():
        installed = [side for side in installed_sides(network).values() if side.engine == engine]
        for side in (Contender(engine), *installed):
            row = _row(of_set, network, batch, side.name, FLOAT32)
            if row:
                found.setdefault(engine, row)
    return dict(sorted(found.items(), key=lambda one: -one[1][KERAS][0]))


def auto_row(
    rows: Sequence[Mapping[str, Any]], network: str, batch: int
) -> Mapping[str, Any] | None:
    """The row of the engine that `auto` takes where nothing was tuned: `orders` begins with it."""
    return next(iter(engine_rows(rows, network, batch).values()), None)


def orders(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, int, str]]:
    """What ``MEASURED_ORDERS`` holds of a machine: feature, network, batch, and engines."""
    return [
        (rows[0]["processor"], network, batch, " ".join(engines))
        for network, batch in sorted({_piece(row)[:2] for row in rows})
        if (engines := engine_rows(rows, network, batch))
    ]


def usual_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """How near the first engine of the usual order comes to the fastest, in a sentence."""
    found = {}
    for network, batch in sorted({_piece(row)[:2] for row in rows}):
        engines = engine_rows(rows, network, batch)
        order = usual_order(batch, rows[0]["processor"], load(network).graph)
        if order[0] in engines:
            fastest = next(iter(engines.values()))
            found[network, batch] = engines[order[0]][KERAS][0] / fastest[KERAS][0]
    if not found:
        return "(not measured)\n"
    near = sum(share >= 0.9 for share in found.values())
    (network, batch), least = min(found.items(), key=lambda one: one[1])
    return (
        f"The first engine of the usual order is within a tenth of the fastest engine in {near} of "
        f"{len(found)} cases, and furthest from it in {network} with {counted(batch, 'image')}: "
        f"{least:.2f}.\n"
    )


def _piece(row: Mapping[str, Any]) -> tuple[str, int, str]:
    return row["network"], row["batch"], row["set"]


def against_best(row: Mapping[str, Any]) -> Sequence[float] | None:
    """The ratio against the fastest of the installed frameworks."""
    return min((row[key] for key in INSTALLED if row.get(key)), default=None)


def goals(rows: Sequence[Mapping[str, Any]]) -> list[Goal]:
    """What is to be reached, and what was measured."""
    found = []
    best = []
    for batch in (1, 8):
        for network in FIRST:
            row = auto_row(rows, network, batch)
            ratio = against_best(row) if row else None
            best += [ratio[0]] if ratio else []
            engine = f"auto ({row['side']})" if row else "auto"
            found.append(Goal(f"{network}, batch {batch}: {engine} / best installed", ratio, 0.98))
    middle = [median(best)] * 3 if len(best) == 2 * len(FIRST) else None
    found.append(Goal("the median of these", middle, 1.0))
    for batch in (1, 8):
        row = auto_row(rows, V3, batch)
        found.append(Goal(f"{V3}, batch {batch}: auto / Keras", row[KERAS] if row else None, 1.2))
    for batch, bound in ((1, 1.0), (32, 1.05)):
        row = _row(rows, V3, batch, "optimized", FLOAT32)
        what = f"{V3}, batch {batch}: TensorFlow alone (optimized) / Keras"
        found.append(Goal(what, row[KERAS] if row else None, bound))
    for precision, bound in (("bfloat16", 1.8), ("int8", 2.5)):
        reduced = [
            row
            for row in rows
            if (row["network"], row["batch"], row["precision"]) == (V3, 1, precision)
            and row.get(ONNXRUNTIME)
        ]
        row = max(reduced, key=lambda row: row[ONNXRUNTIME][0], default=None)
        engine = f" ({row['side']}{_costs(row)})" if row else ""
        what = f"{V3}, batch 1: {precision}{engine} / ONNX Runtime in float32"
        found.append(Goal(what, row[ONNXRUNTIME] if row else None, bound))
    return found


def _costs(row: Mapping[str, Any]) -> str:
    """What a precision costs, as part of a line."""
    if row.get("largest") is None:
        return ""
    return f", off by {row['largest']:.1e} of the largest logit, {row['agreement']:.0%} agree"


def goals_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each goal."""
    lines = []
    for goal in goals(rows):
        if goal.ratio is None:
            lines.append(f"{goal.what}: at least {goal.bound:.2f}; not measured")
            continue
        value, low, high = goal.ratio
        narrow = max(high - value, value - low) <= NARROW * value
        word = "holds" if value >= goal.bound else "not reached"
        wide = "" if narrow else ", the interval is too wide"
        lines.append(
            f"{goal.what}: {value:.3f} ({low:.3f} to {high:.3f}), at least {goal.bound:.2f}: "
            f"{word}{wide}"
        )
    return "\n".join(lines) + "\n"
