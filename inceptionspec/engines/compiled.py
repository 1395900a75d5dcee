"""What an engine makes of a network: a callable on NumPy batches, in three parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors
from inceptionspec.rewrites.steps import Step

#: A NumPy array.
Array = Any
#: Arrays by the path of a layer and the name of a weight.
Values = Mapping[tuple[str, str], Array]


@dataclass(frozen=True, slots=True)
class Task:
    """What an engine is asked to make ready.

    Attributes:
        graph: the network, rewritten as the engine wants it.
        values: the weights of that graph that the outputs depend on.
        outputs: the nodes that are asked for, by name.
        steps: how the graph was rewritten.
        batch: the number of images; None where it is open.
        threads: how many compute; None for the runtime's choice.
        precision: what it is asked to compute in.
        quantized: for int8 the ONNX model to run, with its weights and ranges inside.
    """

    graph: Graph
    values: Values = field(repr=False)
    outputs: Mapping[str, int]
    steps: tuple[Step, ...]
    batch: int | None
    threads: int | None
    precision: str
    quantized: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A network that is ready.

    Calling it goes from images to outputs, which takes its three parts; a benchmark times the
    middle one.

    Attributes:
        task: what it was made of.
        load: from a batch of images, float32 and batch x height x width x channels, to what the
            runtime reads: in its layout and its memory.
        compute: from that to what the runtime yields; all of it is computed when this returns.
        fetch: from that to the outputs in the order in which they were asked for, maps as batch x
            height x width x channels.
        products: its convolutions and dense layers, counted by the precision in which the runtime
            says that it computes them.
        runtime: the library with its version and threads, for readers.
        gpu: the GPU that computes it; empty where the CPU does.
        trace_seconds: the time to make TensorFlow's graph; None where there is none.
        function: the `tf.function` of an engine of TensorFlow; None of others.
    """

    task: Task
    load: Callable[[Array], Any]
    compute: Callable[[Any], Any]
    fetch: Callable[[Any], list[Array]]
    products: Mapping[str, int]
    runtime: str
    gpu: str = ""
    trace_seconds: float | None = None
    function: Any = None

    @property
    def precision(self) -> str:
        """What it computes in, in words: that of all products, or how many have which."""
        counts = sorted(self.products.items(), key=lambda item: (-item[1], item[0]))
        if len(counts) < 2:
            return counts[0][0] if counts else self.task.precision
        whole = sum(self.products.values())
        return ", ".join(f"{name} in {count} of {whole} products" for name, count in counts)

    def __call__(self, images: Array) -> dict[str, Array]:
        """The outputs by name."""
        yielded = self.fetch(self.compute(self.load(images)))
        return dict(zip(self.task.outputs, yielded, strict=True))


def file_names(task: Task) -> Sequence[str]:
    """What outputs are called in a file: a layer that was not asked for by name has its path."""
    return [name or task.graph.nodes[index].path for name, index in task.outputs.items()]


def product_nodes(task: Task) -> int:
    """How many layers of a task multiply by a kernel."""
    nodes = task.graph.nodes
    return sum(
        weight.name.endswith("kernel")
        for index in ancestors(nodes, task.outputs.values())
        for weight in nodes[index].weights
    )


def channels_first(images: Array) -> Array:
    """Maps as batch x channels x height x width."""
    import numpy as np

    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def channels_last(array: Array) -> Array:
    """A map of batch x channels x height x width with its channels last; others as they are."""
    import numpy as np

    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)) if array.ndim == 4 else array


def counted(threads: int) -> str:
    """A number of threads, in words."""
    return f"{threads} {'thread' if threads == 1 else 'threads'}"
