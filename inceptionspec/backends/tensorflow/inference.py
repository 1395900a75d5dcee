"""A network ready for inference: one TensorFlow function, to be called or saved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import tensorflow as tf

from inceptionspec.backends.tensorflow.program import Program
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.utils.atomic_write import check_writable

#: The name of what a saved network reads.
IMAGES = "images"
#: The name of the output of a network that yields one tensor.
OUTPUT = "output"


class InferenceFunction:
    """A computation as one `tf.function`.

    Attributes:
        function: float32 images of batch x height x width x channels to tensors by name.
    """

    def __init__(
        self, computation: Program, batch: int | None = None, *, jit_compile: bool = False
    ) -> None:
        """Prepare.

        Args:
            computation: what is computed.
            batch: the number of images; open unless given.
            jit_compile: whether XLA compiles it.
        """
        self._computation = computation
        self._shape = (batch, *computation.graph.nodes[0].shape)
        self._jit_compile = jit_compile
        self.function = self._traceable()

    @cached_property
    def concrete(self) -> Any:
        """The one trace of the function."""
        return self.function.get_concrete_function()

    def save(self, folder: str, *, single: bool) -> None:
        """Write a SavedModel, whole or not at all, that TensorFlow alone can load and run.

        ``tf.saved_model.load(folder)(images)`` gives what this object gives, and its signature
        ``serving_default`` takes ``images`` and gives a dictionary. Only operations are saved
        that TensorFlow Lite's converter knows.

        Args:
            folder: where; it must not exist.
            single: whether what is loaded yields its one output instead of a dictionary.

        Raises:
            SpecError: the folder cannot be written, or there is something already (E0803).
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
                module = self._module(single)
                tf.saved_model.save(
                    module, str(unfinished), {"serving_default": self._served(module)}
                )
                os.replace(unfinished, target)
        except (OSError, tf.errors.OpError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            reason = reason.strip().partition("\n")[0].lower()
            raise _unwritten(f"`{folder}` cannot be written: {reason}", place) from None

    def _traceable(self, *, portable: bool = False, single: bool = False) -> Any:
        """The computation as a function of images."""

        def compute(images: Any) -> Any:
            computed = self._computation(images, portable=portable)
            return next(iter(computed.values())) if single else computed

        return tf.function(
            compute,
            input_signature=[tf.TensorSpec(self._shape, tf.float32, name=IMAGES)],
            autograph=False,
            jit_compile=self._jit_compile,
        )

    def _module(self, single: bool) -> tf.Module:
        """What is saved: the function that is called, and the one that is served."""
        module = tf.Module(name="network")
        module.__call__ = self._traceable(portable=True, single=single)
        module.kept = self._computation.model  # the variables of its layers
        return module

    def _served(self, module: tf.Module) -> Any:
        def served(images: Any) -> Mapping[str, Any]:
            computed = module.__call__(images)
            if isinstance(computed, dict):
                return computed
            return {next(iter(self._computation.ends)) or OUTPUT: computed}

        signature = tf.TensorSpec(self._shape, tf.float32, name=IMAGES)
        return tf.function(served, input_signature=[signature], autograph=False)


def _unwritten(message: str, place: Span, *helps: str) -> SpecError:
    return spec_error("E0803", message, place, *helps)
