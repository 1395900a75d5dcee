"""In which order engines come where none was measured on this machine."""

from __future__ import annotations

import csv
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from inceptionspec.backends.engines import ENGINES, FLOAT32, LEAST_HALVED, Engine
from inceptionspec.engines.available import available
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.gpus import nvidia_gpus
from inceptionspec.utils.processor import processor_features

#: The usual order in float32, the fastest first, for few and for more images, by a feature of the
#: processors that it was seen on. Features have Linux's names; the first in this table that the
#: processor has decides. ``docs/inference.md`` has the figures. The engines that are not named were
#: never the fastest.
_USUAL = {
    "amx_tile": (
        ("openvino", "onnxruntime", "litert", "optimized", "keras"),
        ("openvino", "onnxruntime", "optimized", "litert", "keras"),
    ),
    "avx512f": (
        ("openvino", "litert", "onnxruntime", "optimized", "keras"),
        ("onnxruntime", "openvino", "optimized", "keras", "litert"),
    ),
    "": (
        ("onnxruntime", "litert", "openvino", "optimized", "keras"),
        ("litert", "onnxruntime", "optimized", "openvino", "keras"),
    ),
}
#: In bfloat16 and in int8; TensorFlow's kernels are quick in bfloat16 where oneDNN is on.
_LOWERED = ("openvino", "onnxruntime", "optimized", "graph", "keras")
_KERAS = "keras"
MEASURED_ORDERS = Path(__file__).with_name("measured_orders.csv")
"""The orders in float32 of the built-in networks that were measured, by feature and batch.

``tools/make_performance.py`` makes them from the figures of ``docs/performance.md``.
"""


class Order(NamedTuple):
    """Engines, those first that are likely to be the fastest.

    Fields:
        engines: their names.
        from_figures: whether this network was measured on such a processor; otherwise it is the
            order of most networks.
    """

    engines: tuple[str, ...]
    from_figures: bool


def processor_kind() -> str:
    """The feature of this processor that decides on the order; empty for none."""
    features = processor_features() or frozenset()
    return next(name for name in _USUAL if name in features or not name)


def usual_order(batch: int | None, kind: str, graph: Graph | None = None) -> tuple[str, ...]:
    """The engines in float32, installed or not, as most networks have them: the fastest first.

    Args:
        batch: the number of images; None where it is open.
        kind: of the processor, as ``processor_kind`` says it.
        graph: the network; those with a slow kernel for one of its operators come last.
    """
    few, more = _USUAL[kind]
    return _slow_last(few if batch is None or batch < LEAST_HALVED else more, graph)


def _slow_last(engines: tuple[str, ...], graph: Graph | None) -> tuple[str, ...]:
    operators = {node.op for node in graph.nodes} if graph else set()
    return tuple(
        sorted(engines, key=lambda name: not ENGINES[name].slow_operators.isdisjoint(operators))
    )


def _measured_order(builtin: str, batch: int | None, kind: str) -> tuple[str, ...]:
    """The engines that were measured with a network, the fastest first; none where it was not.

    A batch that was not measured has the order of the next smaller one that was.
    """
    orders = _measured_orders().get((kind, builtin), {})
    below = [count for count in orders if count <= (batch or 1)]
    return orders[max(below)] if below else ()


@cache
def _measured_orders() -> dict[tuple[str, str], dict[int, tuple[str, ...]]]:
    """The orders of each kind of processor and network, by their batch."""
    found: dict[tuple[str, str], dict[int, tuple[str, ...]]] = {}
    with MEASURED_ORDERS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            of_network = found.setdefault((row["feature"], row["network"]), {})
            of_network[int(row["batch"])] = tuple(row["engines"].split())
    return found


def preferred(
    batch: int | None,
    precision: str = FLOAT32,
    graph: Graph | None = None,
    *,
    builtin: str = "",
    onednn: bool = True,
) -> Order:
    """The engines that can run here, those first that are likely to be the fastest.

    Engines that were not measured with a network come last, after Keras. Where there is a GPU, the
    engines that compute on it come before all others.

    Args:
        batch: the number of images; None where it is open.
        precision: what they are to compute in.
        graph: the network; any unless given.
        builtin: the name of the built-in spec that it is of; empty for any other.
        onednn: whether TensorFlow's oneDNN kernels are on or will be. Without them the engines that
            were measured with them come right before Keras.
    """
    kind = processor_kind()
    measured: tuple[str, ...] = ()
    if precision != FLOAT32:
        engines = _slow_last(_LOWERED, graph)
    else:
        # Nothing was measured where features are not known, as on ARM.
        if processor_features() is not None:
            measured = _measured_order(builtin, batch, kind)
        engines = tuple(dict.fromkeys((*measured, *usual_order(batch, kind, graph))))
        engines = engines if onednn else _slower_without_onednn(engines)
    here = available(precision)
    on_gpu = {name for name in here if _computes_on_gpu(ENGINES[name])}
    first = sorted((name for name in engines if name in here), key=lambda name: name not in on_gpu)
    return Order(tuple(first), bool(measured) and not on_gpu)


def _slower_without_onednn(engines: tuple[str, ...]) -> tuple[str, ...]:
    """An order in which nothing that is made for oneDNN comes before other engines than Keras."""
    place = engines.index(_KERAS)
    before = sorted(engines[:place], key=lambda name: ENGINES[name].made_for_onednn)
    return (*before, *engines[place:])


def _computes_on_gpu(engine: Engine) -> bool:
    """Whether there is a GPU, and what an engine needs to compute on it."""
    if not engine.gpu_package or not nvidia_gpus():
        return False
    try:
        return bool(metadata.version(engine.gpu_package))
    except metadata.PackageNotFoundError:
        return False
