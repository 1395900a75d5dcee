"""A network ready for inference: one TensorFlow function, to be called or saved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.backends.tensorflow.bound_layer import Values
from inceptionspec.backends.tensorflow.faults import tensorflow_faults
from inceptionspec.backends.tensorflow.program import program
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.ir.graph import Graph
from inceptionspec.ops.record import shape_text
from inceptionspec.rewrites.steps import Step
from inceptionspec.utils.atomic_write import check_writable
from inceptionspec.utils.printed import Printed

#: The name of what a saved network reads.
IMAGES = "images"
#: The name of the output of a network that yields one tensor.
OUTPUT = "output"


class Inference(Printed):
    """A network that answers: call it with images, or save it for TensorFlow alone.

    Attributes:
        graph: what runs; it differs from the network's where an engine rewrites it.
        steps: how it was rewritten.
        outputs: the names of what it yields.
        engine: the name of its engine.
        function: the one `tf.function`: float32 images of batch x height x width x
            channels to a tensor, or to a dictionary by name.

    >>> network = inceptionspec.load("inception_v1", classes=10)
    >>> answer = network.to_inference(outputs="Logits")
    >>> import numpy
    >>> answer(numpy.zeros((2, 224, 224, 3))).shape
    TensorShape([2, 10])
    """

    def __init__(
        self,
        graph: Graph,
        values: Values,
        outputs: str | Sequence[str] | None = None,
        *,
        batch: int | None = None,
        engine: str = "optimized",
    ) -> None:
        """Prepare and trace.

        Args:
            graph: the network.
            values: the weights that the outputs depend on, by path and name.
            outputs: as ``traversal.resolve_outputs`` takes them. One name gives a tensor, several
                a dictionary by name.
            batch: the number of images; open unless given.
            engine: a name of ``engines.ENGINES``.

        Raises:
            SpecError: an output or the engine does not exist (E0806), the batch is below 1
                (E0805), or a layer needs a known size (E0407).
        """
        if batch is not None and batch < 1:
            raise _unusable(f"the batch must be at least 1, not {batch}", f"batch={batch}")
        chosen = engine_of(engine)
        computation = program(graph, values, outputs, chosen)
        single = isinstance(outputs, str) or "" in computation.ends
        self.graph = computation.graph
        self.steps: tuple[Step, ...] = computation.steps
        self.outputs = tuple(computation.ends)
        self.engine = engine
        self._shape = (batch, *graph.nodes[0].shape)
        self._computation = computation
        self._single = single
        self.function = self._traceable(chosen.jit_compile)
        self._concrete = self.function.get_concrete_function()

    def __call__(self, images: Any) -> Any:
        """The outputs for a batch of images: a tensor, or a dictionary by name.

        Args:
            images: float32 or what converts to it; batch x height x width x channels, in
                the range that the spec states.

        Raises:
            SpecError: the images have another shape (E0805), or TensorFlow fails (E0710).
        """
        tensor = tf.cast(images, tf.float32)
        if not tensor.shape.is_compatible_with(self._shape):
            wanted, found = shape_text(self._shape), _sides(tensor.shape)
            helps: tuple[str, ...] = ()
            if tensor.shape.is_compatible_with(self._shape[1:]):
                count = self._shape[0] or 1
                how = "`images[None]`" if count == 1 else f"{count} images"
                helps = (f"this is one image: pass a batch, {how}",)
            raise _unusable(
                f"the images must have the shape {wanted} (batch x height x width x channels), "
                f"not {found}",
                f"images of shape {found}",
                *helps,
            )
        with tensorflow_faults(f"engine={self.engine!r}"):
            return self._concrete(tensor)

    def save(self, folder: str) -> None:
        """Write a SavedModel, whole or not at all, that TensorFlow alone can load and run.

        ``tf.saved_model.load(folder)(images)`` gives what this object gives, and its signature
        ``serving_default`` takes ``images`` and gives a dictionary. Only operations are saved
        that TensorFlow Lite's converter knows.

        Raises:
            SpecError: the folder cannot be written, or there is something already (E0803).

        >>> network = inceptionspec.load("inception_v1")
        >>> network.to_inference(outputs="Mixed_3b").save("mixed_3b")
        """
        place = external(f"save {folder}")
        target = Path(folder)
        if target.exists():
            raise _unwritten(
                f"`{folder}` already exists", place, "name a new folder, or delete this one first"
            )
        check_writable(folder, place)
        try:
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".specbuild-") as temporary:
                unfinished = Path(temporary, "saved")
                module = self._module()
                tf.saved_model.save(
                    module, str(unfinished), {"serving_default": self._served(module)}
                )
                os.replace(unfinished, target)
        except (OSError, tf.errors.OpError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            reason = reason.strip().partition("\n")[0].lower()
            raise _unwritten(f"`{folder}` cannot be written: {reason}", place) from None

    def _traceable(self, jit_compile: bool, *, portable: bool = False) -> Any:
        """The computation as a function of images."""

        def compute(images: Any) -> Any:
            computed = self._computation(images, portable=portable)
            return next(iter(computed.values())) if self._single else computed

        return tf.function(
            compute,
            input_signature=[tf.TensorSpec(self._shape, tf.float32, name=IMAGES)],
            autograph=False,
            jit_compile=jit_compile,
        )

    def _module(self) -> tf.Module:
        """What is saved: the function that is called, and the one that is served."""
        module = tf.Module(name="network")
        module.__call__ = self._traceable(engine_of(self.engine).jit_compile, portable=True)
        module.kept = self._computation.model  # the variables of its layers
        return module

    def _served(self, module: tf.Module) -> Any:
        def served(images: Any) -> Mapping[str, Any]:
            computed = module.__call__(images)
            return computed if isinstance(computed, dict) else {self.outputs[0] or OUTPUT: computed}

        signature = tf.TensorSpec(self._shape, tf.float32, name=IMAGES)
        return tf.function(served, input_signature=[signature], autograph=False)

    def to_text(self) -> str:
        """The network in a line.

        >>> print(inceptionspec.load("inception_v1").to_inference(outputs="Mixed_3b"))
        InceptionV1: ... layers, optimized
        """
        name = sanitize(self.graph.name)
        return f"{name}: {len(self.graph.nodes)} layers, {self.engine}"

    def __repr__(self) -> str:
        return f"<Inference {self.to_text()}>"


def _sides(shape: Any) -> str:
    return "x".join("?" if side is None else str(side) for side in shape) or "a number"


def _unusable(message: str, place: str, *helps: str) -> SpecError:
    return spec_error("E0805", message, place, *helps)


def _unwritten(message: str, place: Span, *helps: str) -> SpecError:
    return spec_error("E0803", message, place, *helps)
