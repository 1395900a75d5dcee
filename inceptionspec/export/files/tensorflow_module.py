"""A network as a module of TensorFlow, and that module as a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inceptionspec.backends.keras import build  # noqa: F401 - imports TensorFlow quietly
from inceptionspec.export.files.keras_runner import built
from inceptionspec.export.program import Program

import tensorflow as tf  # isort: skip


def save(program: Program, target: Path, signature: str) -> None:
    """Write a folder whose signature takes ``images`` and gives the outputs by name.

    ``tf.saved_model.load(folder)`` is called with images, and ``training=True`` for dropout and
    norms as in training; its ``layers`` are the variables by layer and name. An optimized one has
    neither.

    Args:
        program: what is written.
        target: the folder.
        signature: the name of the signature.
    """
    module = tf.Module(name="network")
    shape = (program.batch, *program.loaded.graph.nodes[0].shape)
    dtype = tf.uint8 if program.inside is not None else tf.float32
    images = tf.TensorSpec(shape, dtype, name="images")
    if program.optimized:
        compute = _inference(module, program, images)
    else:
        compute = _trainable(module, program, images)
    served = tf.function(compute, input_signature=[images], autograph=False)
    tf.saved_model.save(module, str(target), {signature: served})


def _trainable(module: Any, program: Program, images: Any) -> Any:
    """Give a module the variables of the Keras model; the function that is served."""
    model = built(program)
    (single,) = program.names if not isinstance(model.output, dict) else ("",)

    def called(images: Any, training: bool = False) -> Any:
        return model(images, training=training)

    module.__call__ = tf.function(called, autograph=False)
    for training in (False, True):
        module.__call__.get_concrete_function(images, training=training)
    # By layer and weight, so that a reader of the checkpoint knows whose variables they are.
    module.layers = {
        layer.name: {variable.name: variable.value for variable in layer.variables}
        for layer in model.layers
        if layer.variables
    }

    def served(images: Any) -> Mapping[str, Any]:
        found = module.__call__(images, training=False)
        return found if isinstance(found, dict) else {single: found}

    return served


def _inference(module: Any, program: Program, images: Any) -> Any:
    """Give a module the rewritten network as plain operations; the function that is served."""
    from inceptionspec.backends.keras.preprocessing import preprocessed_pictures
    from inceptionspec.backends.tensorflow.program import Program as Computation

    computation = Computation(program.graph, program.ends, program.values)
    before: Any = None
    if program.inside is not None:
        import keras

        before = keras.Model(*preprocessed_pictures(program.graph.nodes[0], program.inside))

    def served(images: Any) -> Mapping[str, Any]:
        read = images if before is None else before(images)
        found = computation(read, portable=True)
        return dict(zip(program.names, found.values(), strict=True))

    module.__call__ = tf.function(served, input_signature=[images], autograph=False)
    return served
