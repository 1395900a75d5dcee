"""From a graph with its weights to a network that is ready, by any engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inceptionspec.backends.engines import FLOAT32, Engine, rewritten_for
from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.engines import litert, onnxruntime, openvino, tensorflow
from inceptionspec.engines.compiled import Compiled, Task, Values
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import resolve_outputs

#: What makes a network ready, by the name of the runtime.
RUNTIMES: Mapping[str, Callable[[Engine, Task], Compiled]] = MappingProxyType(
    {
        "tensorflow": tensorflow.compiled,
        "onnxruntime": onnxruntime.compiled,
        "openvino": openvino.compiled,
        "litert": litert.compiled,
    }
)


def compile_network(
    graph: Graph,
    values: Values,
    outputs: str | Sequence[str] | None,
    engine: str,
    *,
    batch: int | None = None,
    threads: int | None = None,
    precision: str = FLOAT32,
    quantized: bytes | None = None,
    passes: Sequence[str] | None = None,
) -> Compiled:
    """Make a network ready for batches of images.

    Args:
        graph: the network.
        values: the weights that the outputs depend on.
        outputs: as ``traversal.resolve_outputs`` takes them.
        engine: a name of ``ENGINES``; it is installed.
        batch: the number of images; open unless given.
        threads: how many compute; the runtime's choice unless given. Those of TensorFlow belong to
            the process, and are set only where it has not started.
        precision: what it is to compute in: one of those of the engine.
        quantized: for int8 the ONNX model of the network with these outputs.
        passes: those that rewrite the graph first; those of the engine unless given.

    Raises:
        SpecError: an output or the engine does not exist (E0806), a layer needs a known size
            (E0407), or the runtime computes in another precision (E0827). What a runtime raises
            goes on as it is.
    """
    chosen = engine_of(engine)
    if passes is not None:
        chosen = chosen._replace(passes=tuple(passes))
    ends = resolve_outputs(graph, outputs)
    task = Task(graph, values, ends, (), batch, threads, precision, quantized)
    if chosen.passes and quantized is None:
        from inceptionspec.backends.weight_exprs import evaluate

        rewritten = rewritten_for(chosen, graph, outputs)
        kept_as = tensorflow.kept_as(chosen, precision) if chosen.in_tensorflow else None
        task = Task(
            rewritten.graph,
            evaluate(rewritten.weights, values, kept_as),
            rewritten.outputs,
            rewritten.steps,
            batch,
            threads,
            precision,
        )
    compiled = RUNTIMES[chosen.runtime](chosen, task)
    _check_precision(compiled, engine, chosen.title)
    return compiled


def _check_precision(compiled: Compiled, engine: str, title: str) -> None:
    """Refuse a runtime that took another precision than it was told to."""
    asked, found = compiled.task.precision, compiled.products
    if found and (asked not in found or (asked == FLOAT32 and len(found) > 1)):
        raise spec_error(
            "E0827",
            f"{title} was asked for {asked} and computes in {compiled.precision}",
            f"engine={engine!r}",
            "choose another engine, or another precision",
        )
