"""In which order engines come where none was measured on this machine."""

from __future__ import annotations

import csv

import pytest
from commands import SMALL
from support import spec

import inceptionspec
from inceptionspec.backends.engines import ENGINES
from inceptionspec.engines import available, order

LRN = "- {op: lrn, radius: 2, alpha: 2e-5, beta: 0.75}"


def on(monkeypatch: pytest.MonkeyPatch, features: str) -> None:
    """All engines are installed on a processor with some features."""
    monkeypatch.setattr(available, "installed", lambda package: True)
    for module in (available, order):
        monkeypatch.setattr(module, "processor_features", lambda: frozenset(features.split()))


@pytest.mark.parametrize(
    ("features", "batch", "engines"),
    [
        ("avx sse4_2", 1, "onnxruntime litert openvino optimized keras"),
        ("avx sse4_2", 8, "litert onnxruntime optimized openvino keras"),
        ("avx sse4_2", None, "onnxruntime litert openvino optimized keras"),
        ("avx sse4_2 avx512f", 1, "openvino litert onnxruntime optimized keras"),
        ("avx sse4_2 avx512f", 32, "onnxruntime openvino optimized keras litert"),
        ("avx sse4_2 avx512f amx_tile", 1, "openvino onnxruntime litert optimized keras"),
        ("avx sse4_2 avx512f amx_tile", 8, "openvino onnxruntime optimized litert keras"),
        ("", 1, "onnxruntime litert"),
    ],
)
def test_the_usual_order(
    features: str, batch: int | None, engines: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, features)
    assert order.preferred(batch).engines == tuple(engines.split())


@pytest.mark.parametrize(("batch", "usual", "first"), [
    (1, "onnxruntime", "openvino"), (8, "litert", "optimized"),
])  # fmt: skip
def test_an_engine_with_a_slow_kernel_comes_last(
    batch: int, usual: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "avx sse4_2")
    plain, normed = inceptionspec.loads(SMALL).graph, inceptionspec.loads(spec(LRN)).graph
    assert order.preferred(batch, graph=plain).engines[0] == usual
    assert order.preferred(batch, graph=normed).engines[0] == first
    assert not order.preferred(batch, graph=normed).from_figures


def test_a_measured_network_has_the_order_of_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "avx sse4_2")
    orders = {1: ("litert", "keras"), 8: ("keras", "openvino")}
    monkeypatch.setattr(order, "_measured_orders", lambda: {("", "known"): orders})
    graph = inceptionspec.loads(spec(LRN)).graph
    rest = ("openvino", "optimized", "onnxruntime")

    def preferred(batch: int | None, precision: str = "float32") -> order.Order:
        return order.preferred(batch, precision, graph, builtin="known")

    for batch in (None, 1, 7):
        assert preferred(batch) == (("litert", "keras", *rest), True)
    for batch in (8, 100):
        first, from_figures = preferred(batch)
        assert (first[:2], from_figures) == (("keras", "openvino"), True)
    assert preferred(8, "int8") == (("openvino", "onnxruntime"), False)
    assert not order.preferred(1, graph=graph).from_figures
    on(monkeypatch, "avx sse4_2 avx512f")
    assert not preferred(1).from_figures
    monkeypatch.setattr(order, "processor_features", lambda: None)  # of an unknown kind
    assert not preferred(1).from_figures


@pytest.mark.parametrize(("engines", "without"), [
    ("optimized litert keras openvino", "litert optimized keras openvino"),
    ("optimized keras litert", "optimized keras litert"),
    ("litert keras optimized", "litert keras optimized"),
])  # fmt: skip
def test_what_is_made_for_onednn_comes_right_before_keras_without_it(
    engines: str, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "avx sse4_2")
    measured = {1: tuple(engines.split())}
    monkeypatch.setattr(order, "_measured_orders", lambda: {("", "known"): measured})
    found = order.preferred(1, builtin="known", onednn=False).engines
    assert found[: len(measured[1])] == tuple(without.split())
    assert order.preferred(1, builtin="known").engines[: len(measured[1])] == measured[1]


def test_orders_are_of_networks_that_there_are() -> None:
    with order.MEASURED_ORDERS.open(encoding="utf-8") as file:
        rows = [{**row, "batch": int(row["batch"])} for row in csv.DictReader(file)]
    keys = [(row["feature"], row["network"], row["batch"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {row["network"] for row in rows} <= set(inceptionspec.builtin_specs())
    assert {row["feature"] for row in rows} <= set(order._USUAL)
    for row in rows:
        engines = row["engines"].split()
        assert set(engines) <= set(order.usual_order(row["batch"], row["feature"])) <= set(ENGINES)
        assert len(set(engines)) == len(engines)


def test_engines_that_compute_on_a_gpu_come_first_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(package: str) -> str:
        if package != "onnxruntime-gpu":
            raise order.metadata.PackageNotFoundError
        return "1.0"

    on(monkeypatch, "avx512f avx sse4_2")
    monkeypatch.setattr(order.metadata, "version", version)
    monkeypatch.setattr(order, "nvidia_gpus", lambda: ())
    without = order.preferred(1).engines
    assert without[0] == "openvino"
    monkeypatch.setattr(order, "nvidia_gpus", lambda: ("NVIDIA A",))
    first, *rest = order.preferred(1).engines
    assert first == "onnxruntime"
    assert rest == [name for name in without if name != "onnxruntime"]
    measured = order.preferred(1, builtin="xception", onednn=False)
    assert (measured.engines[0], measured.from_figures) == ("onnxruntime", False)
    # Local response norms are slow on the processor alone.
    assert order.preferred(1, graph=inceptionspec.loads(spec(LRN)).graph).engines[0] == first
