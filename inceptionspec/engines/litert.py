"""Networks in LiteRT's interpreter, on the CPU."""

from __future__ import annotations

import re
from typing import Any

from inceptionspec.backends.engines import Engine
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.engines.compiled import Compiled, Task, counted, product_nodes
from inceptionspec.utils.native_output import without_chatter
from inceptionspec.utils.processor import usable_cores

# What the interpreter says of the delegates that it takes.
_CHATTER = re.compile(rb"INFO: ")


def compiled(engine: Engine, task: Task) -> Compiled:
    """An interpreter of the network's `.tflite` model."""
    from importlib import metadata

    from inceptionspec.backends.litert import litert_model

    model = litert_model(task.graph, task.values, task.outputs, task.batch)
    threads = task.threads or usable_cores()
    interpreter = interpreter_of(model, threads)
    (read,) = interpreter.get_input_details()
    details = interpreter.get_signature_runner().get_output_details()
    names = [name or task.graph.nodes[index].path for name, index in task.outputs.items()]
    places = [details[name]["index"] for name in names]

    def load(images: Any) -> Any:
        fit(interpreter, images.shape)
        interpreter.set_tensor(read["index"], images)

    return Compiled(
        task,
        load,
        lambda given: interpreter.invoke(),
        lambda yielded: [interpreter.get_tensor(place) for place in places],
        {read["dtype"].__name__: product_nodes(task)},
        f"{engine.title} {metadata.version('ai-edge-litert')}, {counted(threads)}",
    )


def interpreter_of(model: bytes, threads: int | None = None) -> Any:
    """An interpreter with its default kernels, as many threads as cores unless told.

    Raises:
        SpecError: ai-edge-litert is not installed (E0704).
    """
    with packages("ai_edge_litert", extra="litert", use="LiteRT models need it"):
        from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_content=model, num_threads=threads or usable_cores())
    with without_chatter(_CHATTER):
        interpreter.allocate_tensors()
    return interpreter


def fit(interpreter: Any, shape: tuple[int, ...]) -> None:
    """Make an interpreter ready for images of a shape."""
    details = interpreter.get_input_details()[0]
    if tuple(details["shape"]) != shape:
        interpreter.resize_tensor_input(details["index"], shape)
        with without_chatter(_CHATTER):
            interpreter.allocate_tensors()
