"""What tools/bench_networks.py measures, keeps and prints, and the page that is made of it."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fakes import fake
from support import ROOT, script

from inceptionspec import SpecError, load
from inceptionspec.backends.engines import ENGINES, ONEDNN
from inceptionspec.bench.choice import choose
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source
from inceptionspec.engines import available, order
from inceptionspec.frontend.reading.spec_files import builtin_names

SECONDS = {"keras": 1.0, "onnxruntime": 0.8, "openvino": 0.5, "litert": 0.625, "optimized": 1.25}
MACHINE = {"cpu": "A", "cores": 2}


class Workers(fake(lambda job: itertools.repeat(SECONDS[job.engine]))):  # type: ignore[misc]
    """OpenVINO takes longer with the plain graph, and `litert` fails."""

    def prepare(self, job: Job) -> dict[str, Any]:
        if job.engine == "litert":
            finding = Diagnostic("E0707", "the worker died", Label(Source("w").whole()))
            raise SpecError([finding])
        ready: dict[str, Any] = super().prepare(job)
        if job.passes == ():
            self.taken = itertools.repeat(0.6)
        return ready


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    module = script("bench_networks")
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: None)
    monkeypatch.setattr(measuring(), "Process", Workers)
    return module


def measuring() -> ModuleType:
    """The module by which the script measures."""
    return sys.modules["performance_measuring"]


@pytest.fixture
def page(tool: ModuleType) -> ModuleType:
    return script("make_performance")


def measured(tool: ModuleType, batch: int = 1) -> tuple[list[dict[str, Any]], Any, Any]:
    sides = tool.contenders("float32", tuple(ENGINES), ("float32",))
    piece = tool.Piece("inception_v1", batch, ("float32",))
    return measure(tool, piece, {"float32": sides})


def measure(
    tool: ModuleType, piece: Any, sets: Mapping[str, Sequence[Any]]
) -> tuple[list[dict[str, Any]], Any, Any]:
    with ExitStack() as processes:
        jobs = tool.LoweredJobs(processes)
        found: tuple[list[dict[str, Any]], Any, Any] = tool.measure(
            piece, sets, None, 60.0, jobs, real_time=False
        )
        return found


def test_every_piece_comes_once_and_the_goals_first(tool: ModuleType) -> None:
    networks = (*tool.FIRST, *(name for name in builtin_names() if name not in tool.FIRST))
    batches = (1, 8, 32)
    found = list(tool.pieces(networks, batches))
    assert len(found) == len(set(found))
    sets = [name for one in found for name in one.sets if name != "passes"]
    assert len(sets) == len(networks) * len(batches) * (len(tool.SETS) - 1)
    first = [("inception_v3_keras", 1, sets) for sets in (("float32",), ("reduced", "others"))]
    assert found[:2] == first
    goals = {(name, batch, ("float32",)) for name in tool.FIRST for batch in (1, 8)}
    assert goals <= set(found[: len(goals) + 1])


def test_every_engine_and_precision_is_in_one_set(tool: ModuleType) -> None:
    precisions = ("float32", "bfloat16", "int8")
    found = [
        (side.engine, side.precision)
        for chosen in ("float32", "reduced", "others")
        for side in tool.contenders(chosen, tuple(ENGINES), precisions)
    ]
    assert len(found) == len(set(found))
    known = {(name, one) for name, engine in ENGINES.items() for one in engine.precisions}
    left_out = {pair for pair in known if pair[0] in ("graph", "xla") and pair[1] != "float32"}
    assert set(found) == known - left_out


def test_an_engine_is_measured_with_its_passes_and_with_other_lists(tool: ModuleType) -> None:
    found = tool.contenders("passes", tuple(ENGINES), ("float32",))
    names = [side.name for side in found]
    assert len(names) == len(set(names)) == 12
    for engine in ("onnxruntime", "openvino", "litert", "optimized"):
        assert {engine, f"{engine}, all passes"} <= set(names)
    assert {"onnxruntime, plain graph", "onnxruntime, nothing merged"} <= set(names)


@pytest.mark.parametrize(
    ("network", "name"),
    [("inception_v1", "onnxruntime"), ("inception_resnet_v1", "onnxruntime, plain graph")],
)
def test_onnxruntime_as_installed_has_the_plain_graph(
    tool: ModuleType, network: str, name: str
) -> None:
    assert sys.modules["performance_pieces"].installed_sides(network)["onnxruntime"].name == name


def test_sides_take_turns_and_are_held_against_what_is_installed(tool: ModuleType) -> None:
    rows, failures, left = measured(tool)
    assert {side.name: why for side, why in failures.items()} == {"litert": "the worker died"}
    assert left == {}
    by_side = {row["side"]: row for row in rows}
    openvino = by_side["openvino"]
    assert openvino["keras"] == [2.0, 2.0, 2.0]
    assert openvino["onnxruntime"] == [1.6, 1.6, 1.6]
    assert openvino["openvino"] == openvino["plain"] == [1.2, 1.2, 1.2]
    assert by_side["openvino, plain graph"]["seconds"] == 0.6
    assert {row["rounds"] for row in rows} == {measuring().ROUNDS}
    assert openvino["deviation"] == 0.0
    orders = [name for name, steps in Workers.log if steps][-2 * len(rows) :]
    assert orders[: len(rows)] == orders[: len(rows) - 1 : -1]  # the other way in the next round


def test_sets_of_one_piece_share_what_is_installed(tool: ModuleType) -> None:
    reduced, others = tool.Contender("openvino"), tool.Contender("optimized")
    piece = tool.Piece("inception_v1", 1, ("reduced", "others"))
    sets = {"reduced": [reduced], "others": [others]}
    rows, failures, left = measure(tool, piece, sets)
    assert (failures, left) == ({}, {})
    found = {name: [row["side"] for row in rows if row["set"] == name] for name in sets}
    installed = ["keras", "onnxruntime", "openvino, plain graph"]
    assert sorted(found["reduced"]) == sorted([*installed, "openvino"])
    assert sorted(found["others"]) == sorted([*installed, "optimized"])


class Lowering(fake(lambda job: itertools.repeat(1.0))):  # type: ignore[misc]
    """Makes files of integers, and finds that what is computed in them is right."""

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        type(self).log.append((request["do"], request["job"]["batch"]))
        cost = dict.fromkeys(("precision", "engine", "folder"), "") | {"images": 1}
        cost |= dict.fromkeys(("largest", "mean"), 0.0) | {"agreement": 1.0}
        return {"cost": {**cost, "layers": {}, "kept": (), "trained": True}}

    def end(self) -> None:
        type(self).log.append(("end", 0))


def test_what_a_precision_costs_is_asked_once_for_all_batches(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring(), "Process", Lowering)
    network = load("inception_v1").loaded
    found = []
    with ExitStack() as processes:
        jobs = tool.LoweredJobs(processes)
        for batch, precision in itertools.product((1, 8), ("float32", "bfloat16", "int8")):
            request = BenchRequest(engine="openvino", batch=batch, precision=precision)
            side = tool.Contender("openvino", precision)
            found.append(jobs.of(side, request, request.job(network, same_weights=True)))
        assert Lowering.live == 2
    assert Lowering.live == 0
    # bfloat16 needs its process only for the cost; int8 keeps it for the file, which has a batch.
    asked = [("cost", 1), ("end", 0), ("quantize", 1), ("cost", 1), ("quantize", 8)]
    assert Lowering.log == asked
    assert [cost is None for _, cost in found] == [True, False, False] * 2
    assert [job.quantized is None for job, _ in found] == [True, True, False] * 2


def test_what_is_measured_is_kept(tool: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    rows, _, _ = measured(tool)
    figures = tool.Figures(file, MACHINE)
    figures.put(rows)
    again = tool.Figures(file, MACHINE)
    assert again.rows == rows
    piece = tool.Piece("inception_v1", 1, ("float32",))
    assert again.has(piece, "float32", tool.Contender("optimized"))
    assert not again.has(piece, "others", tool.Contender("optimized"))
    assert not again.has(piece._replace(batch=8), "float32", tool.Contender("optimized"))
    later = f"{int(rows[0]['when'][:4]) + 1}-01-01T00:00"
    assert not again.has(piece, "float32", tool.Contender("optimized"), later)
    again.put([{**rows[0], "seconds": 7.0}])
    assert len(again.rows) == len(rows)
    assert json.loads(file.read_text())["rows"][-1]["seconds"] == 7.0
    with pytest.raises(SystemExit, match="another machine"):
        tool.Figures(file, {**MACHINE, "cores": 3})


def test_what_is_far_behind_is_not_measured_with_more_images(
    tool: ModuleType, tmp_path: Path
) -> None:
    rows, _, _ = measured(tool)
    figures = tool.Figures(tmp_path / "figures.json", MACHINE)
    slow = [{**row, "keras": [0.1] * 3} for row in rows if row["side"] == "optimized"]
    figures.put(rows)
    figures.put(slow)
    more = tool.Piece("inception_v1", 8, ("float32",))
    assert figures.slow(more, tool.Contender("optimized"))
    assert not figures.slow(more, tool.Contender("optimized", "bfloat16"))
    assert not figures.slow(more, tool.Contender("openvino"))
    assert not figures.slow(more._replace(batch=1), tool.Contender("optimized"))


def named(rows: list[dict[str, Any]], network: str, batch: int) -> Iterator[dict[str, Any]]:
    yield from ({**row, "network": network, "batch": batch} for row in rows)


def test_goals_say_what_holds(tool: ModuleType) -> None:
    rows, _, _ = measured(tool)
    v3 = named(rows, "inception_v3_keras", 1)
    slow = (row for row in named(rows, "xception", 1) if row["side"] != "openvino")
    lines = tool.goals_text([*v3, *slow]).splitlines()
    assert lines[0].endswith("auto (openvino) / best installed: 1.200 (1.200 to 1.200), "
                             "at least 0.98: holds")  # fmt: skip
    assert lines[3].endswith("auto (openvino, plain graph) / best installed: 1.000 (1.000 to 1.000)"
                             ", at least 0.98: holds")  # fmt: skip
    assert "batch 1: auto / Keras: 2.000 (2.000 to 2.000), at least 1.20: holds" in "\n".join(lines)
    assert lines[1].endswith("not measured")
    assert len(lines) == 2 * len(tool.FIRST) + 1 + 2 + 2 + 2


def test_a_median_counts_only_with_all_of_its_figures(tool: ModuleType) -> None:
    rows, _, _ = measured(tool)
    pieces = itertools.product(tool.FIRST, (1, 8))
    every = [row for name, batch in pieces for row in named(rows, name, batch)]
    line = "the median of these: 1.200 (1.200 to 1.200), at least 1.00: holds"
    assert line in tool.goals_text(every)
    assert line not in tool.goals_text(every[:-8])


def test_the_page_is_made_of_the_file(tool: ModuleType, page: ModuleType, tmp_path: Path) -> None:
    rows, _, _ = measured(tool)
    text = "a\n<!-- figures: float32 avx512 -->\nold\n<!-- end of figures -->\nb\n"
    text += text.replace("avx512", "avx2")
    filled = page.filled(text, {"avx512": rows, "avx2": []})
    assert "old" not in filled
    assert "| inception_v1 | 1 | openvino | 500.0 | 2.00 (2.00 to 2.00) |" in filled
    assert filled.count("(not measured)") == 1
    assert page.filled(filled, {"avx512": rows, "avx2": []}) == filled
    assert page.filled(text, {"avx512": [], "avx2": []}).count("(not measured)") == 2


def test_the_overview_says_what_is_the_fastest(tool: ModuleType, page: ModuleType) -> None:
    rows, _, _ = measured(tool)
    _, _, line = page.overview(rows).splitlines()
    assert line == "| inception_v1 | 1 | 1,000.0 | 1.25 | **2.00** | - | 0.80 |"


def test_the_page_is_up_to_date(page: ModuleType) -> None:
    rows = page.all_rows()
    texts = [each.read_text(encoding="utf-8") for each in page.PAGES]
    for text in texts:
        assert page.filled(text, rows) == text
    assert page.orders_text(rows) == order.MEASURED_ORDERS.read_text(encoding="utf-8")
    assert set(page.TABLES) <= {found[2] for text in texts for found in page._TABLE.finditer(text)}


@pytest.mark.parametrize(
    "runtimes",
    [(), ("onnxruntime",), ("litert",), ("openvino",), ("onnxruntime", "openvino", "litert")],
    ids=" ".join,
)
@pytest.mark.parametrize("onednn", ["0", "1"])
def test_auto_is_never_what_was_seen_slower_than_keras(
    page: ModuleType,
    runtimes: tuple[str, ...],
    onednn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engines, none = ("keras", "optimized", *runtimes), tmp_path / "none.json"
    monkeypatch.setenv(ONEDNN, onednn)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(order, "available", lambda precision: engines)
    for rows in page.all_rows().values():
        features = frozenset((rows[0]["processor"],))
        monkeypatch.setattr(order, "processor_features", lambda features=features: features)
        for network, batch in {(row["network"], row["batch"]) for row in rows}:
            measured = sys.modules["performance_figures"].engine_rows(rows, network, batch)
            if measured:
                request = BenchRequest(batch=batch)
                first = choose(load(network).loaded, request, switchable=True, file=none).engine
                assert measured[first]["keras"][0] >= measured["keras"]["keras"][0]


def test_how_far_the_usual_order_is_from_the_fastest_is_said(
    tool: ModuleType, page: ModuleType
) -> None:
    rows = [{**row, "processor": ""} for row in measured(tool)[0]]
    assert page.usual_text(rows) == (
        "The first engine of the usual order is within a tenth of the fastest engine in 0 of 1 "
        "cases, and furthest from it in inception_v1 with 1 image: 0.62.\n"
    )


def test_the_picture_has_a_mark_for_each_side(tool: ModuleType, page: ModuleType) -> None:
    pytest.importorskip("matplotlib")
    rows, _, _ = measured(tool)
    shown = [*named(rows, page.SHOWN, 1), *named(rows, page.SHOWN, 32)]
    drawn = page.picture(shown).decode()
    for word in ("batch 1", "batch 32", "openvino", "optimized", "float32"):
        assert f">{word}<" in drawn
    assert "batch 8" not in drawn
