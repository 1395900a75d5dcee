"""A network ready for inference, whatever computes it: called with images, or saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from inceptionspec.backends.engines import FLOAT32, INT8
from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.engines.compile import compile_network
from inceptionspec.engines.compiled import Compiled, Values
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.ir.graph import Graph
from inceptionspec.ops.record import Shape, shape_text
from inceptionspec.rewrites.steps import Step
from inceptionspec.utils.printed import Printed

_SAVED_BY = "optimized"
"""The engine whose operations are saved where TensorFlow does not compute."""


class Inference(Printed):
    """A network that answers: call it with images, or save it for TensorFlow alone.

    Attributes:
        graph: what runs; it differs from the network's where an engine rewrites it.
        steps: how it was rewritten.
        outputs: the names of what it yields.
        engine: the name of its engine.
        choice: why that engine, in a line; empty where it was asked for.
        precision: what it computes in, as the runtime says.
        products: its convolutions and dense layers, counted by the precision in which the runtime
            says that it computes them.
        cost: what a precision below float32 costs; None in float32.
        gpu: the GPU that computes it; empty where the CPU does.
        function: of an engine of TensorFlow, the `tf.function` from float32 images of batch x
            height x width x channels to tensors by name; None of others.

    >>> network = inceptionspec.load("inception_v1", classes=10)
    >>> answer = network.to_inference(outputs="Logits")
    >>> import numpy
    >>> answer(numpy.zeros((2, 224, 224, 3))).shape
    (2, 10)
    """

    def __init__(
        self,
        graph: Graph,
        values: Values,
        outputs: str | Sequence[str] | None = None,
        *,
        batch: int | None = None,
        engine: str = _SAVED_BY,
        choice: str = "",
        precision: str = FLOAT32,
        quantized: bytes | None = None,
        cost: PrecisionCost | None = None,
    ) -> None:
        """Make it ready.

        Args:
            graph: the network.
            values: the weights that the outputs depend on, by path and name.
            outputs: as ``traversal.resolve_outputs`` takes them. One name gives an array, several
                a dictionary by name.
            batch: the number of images; open unless given.
            engine: a name of ``engines.ENGINES``, which is installed.
            choice: why that engine.
            precision: what it is to compute in: one of those of the engine.
            quantized: for int8 the ONNX model of the network with these outputs.
            cost: what the precision costs.

        Raises:
            SpecError: an output or the engine does not exist (E0806), the batch is below 1
                (E0805), a layer needs a known size (E0407), or the engine cannot run the network
                (E0710, E0822) or computes in another precision (E0827).
        """
        if batch is not None and batch < 1:
            raise _unusable(f"the batch must be at least 1, not {batch}", f"batch={batch}")
        engine_of(engine)
        self._made_of = graph, values, outputs
        with engine_faults(engine):
            self._compiled = compile_network(
                graph,
                values,
                outputs,
                engine,
                batch=batch,
                precision=precision,
                quantized=quantized,
            )
        task = self._compiled.task
        self._single = isinstance(outputs, str) or "" in task.outputs
        self._shape = (batch, *graph.nodes[0].shape)
        self.graph = task.graph
        self.steps: tuple[Step, ...] = task.steps
        self.outputs = tuple(task.outputs)
        self.engine = engine
        self.choice = choice
        self.precision = self._compiled.precision
        self.products = self._compiled.products
        self.cost = cost
        self.gpu = self._compiled.gpu
        self.function = self._compiled.function

    def __call__(self, images: Any) -> Any:
        """The outputs for a batch of images: a NumPy array, or a dictionary by name.

        Args:
            images: float32 or what converts to it; batch x height x width x channels, in
                the range that the spec states.

        Raises:
            SpecError: the images have another shape (E0805), or the engine fails (E0710, E0822).
        """
        import numpy as np

        given = np.asarray(images, np.float32)
        if not _fits(given.shape, self._shape):
            raise self._misshaped(given.shape)
        with engine_faults(self.engine):
            computed = self._compiled(given)
        return next(iter(computed.values())) if self._single else computed

    def save(self, folder: str) -> None:
        """Write a SavedModel, whole or not at all, that TensorFlow alone can load and run.

        ``tf.saved_model.load(folder)(images)`` gives what this object gives, and its signature
        ``serving_default`` takes ``images`` and gives a dictionary. Only operations are saved
        that TensorFlow Lite's converter knows. Where TensorFlow does not compute, the operations
        are those of the engine `optimized`.

        Raises:
            SpecError: the folder cannot be written, or there is something already (E0803); it
                computes in int8, which TensorFlow does not (E0805); or TensorFlow is not
                installed (E0704).

        >>> network = inceptionspec.load("inception_v1")
        >>> network.to_inference(outputs="Mixed_3b").save("mixed_3b")
        """
        from inceptionspec.backends.tensorflow import InferenceFunction, program

        compiled = self._compiled
        if compiled.task.precision == INT8:
            raise spec_error(
                "E0805",
                "TensorFlow does not run a network in int8, so it is not saved",
                f"save({folder!r})",
                "`Network.to_onnx` with `precision='int8'` makes a file of it",
            )
        chosen = engine_of(self.engine)
        if not chosen.in_tensorflow:
            compiled, chosen = self._in_tensorflow(), engine_of(_SAVED_BY)
        task = compiled.task
        computation = program(
            chosen, task.graph, task.values, task.outputs, task.steps, task.precision
        )
        InferenceFunction(computation, self._shape[0], jit_compile=chosen.jit_compile).save(
            folder, single=self._single
        )

    def _in_tensorflow(self) -> Compiled:
        graph, values, outputs = self._made_of
        return compile_network(
            graph,
            values,
            outputs,
            _SAVED_BY,
            batch=self._shape[0],
            precision=self._compiled.task.precision,
        )

    def _misshaped(self, found: tuple[int, ...]) -> SpecError:
        helps: tuple[str, ...] = ()
        if _fits(found, self._shape[1:]):
            count = self._shape[0] or 1
            how = "`images[None]`" if count == 1 else f"{count} images"
            helps = (f"this is one image: pass a batch, {how}",)
        sides = "x".join(map(str, found)) or "a number"
        return _unusable(
            f"the images must have the shape {shape_text(self._shape)} "
            f"(batch x height x width x channels), not {sides}",
            f"images of shape {sides}",
            *helps,
        )

    def to_text(self) -> str:
        """The network in a line, and why its engine.

        >>> network = inceptionspec.load("inception_v1")
        >>> print(network.to_inference(outputs="Mixed_3b", engine="graph"))
        InceptionV1: ... layers, graph
        """
        name = sanitize(self.graph.name)
        line = f"{name}: {len(self.graph.nodes)} layers, {self.engine}{self._in_precision}"
        told = [] if self.cost is None else [f"{key}: {text}" for key, text in self.cost.rows()]
        on = f"on {self.gpu}" if self.gpu else ""
        return "\n".join([line, *filter(None, [on, self.choice]), *told])

    def __repr__(self) -> str:
        name = sanitize(self.graph.name)
        return (
            f"<Inference {name}: {len(self.graph.nodes)} layers, {self.engine}{self._in_precision}>"
        )

    @property
    def _in_precision(self) -> str:
        asked = self._compiled.task.precision
        return "" if asked == FLOAT32 else f" in {asked}"


@contextmanager
def engine_faults(name: str) -> Iterator[None]:
    """Where an engine makes a network ready or computes it.

    Raises:
        SpecError: TensorFlow fails (E0710), or another runtime does (E0822). Lack of memory goes
            on as it is.
    """
    engine = engine_of(name)
    place = f"engine={name!r}"
    if engine.in_tensorflow:
        from inceptionspec.backends.tensorflow.faults import tensorflow_faults

        with tensorflow_faults(place):
            yield
        return
    try:
        yield
    except (SpecError, MemoryError, ModuleNotFoundError, KeyboardInterrupt):
        raise
    except Exception as error:  # each runtime has errors of its own for what it cannot run
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = shortened(sanitize(lines[-1].strip()), 200) if lines else type(error).__name__
        raise spec_error(
            "E0822",
            f"{engine.title} cannot run the network",
            place,
            "choose another engine",
            notes=(f"{engine.title} says: {said}",),
        ) from None


def _fits(found: tuple[int, ...], wanted: Shape) -> bool:
    return len(found) == len(wanted) and all(
        side is None or side == given for given, side in zip(found, wanted, strict=True)
    )


def _unusable(message: str, place: str, *helps: str) -> SpecError:
    return spec_error("E0805", message, place, *helps)
