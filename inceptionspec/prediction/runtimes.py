"""Exported files at work, each in the runtime of its format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inceptionspec.engines.compiled import channels_first, channels_last
from inceptionspec.engines.litert import fit, interpreter_of
from inceptionspec.engines.onnxruntime import session_of

#: From a batch, batch x height x width x channels, to one output of a network.
Run = Callable[[Any], Any]


def onnx_run(model: bytes, output: str, *, inside: bool = False) -> Run:
    """An ONNX model in ONNX Runtime, on the CPU.

    Args:
        model: the file. It reads batch x channels x height x width.
        output: the name of the output.
        inside: whether it reads batch x height x width x channels instead, as models do that
            preprocess pictures themselves.
    """
    session = session_of(model)
    name = session.get_inputs()[0].name

    def run(images: Any) -> Any:
        (found,) = session.run([output], {name: images if inside else channels_first(images)})
        return channels_last(found)

    return run


def litert_run(model: bytes, output: str) -> Run:
    """A LiteRT model in its interpreter.

    Args:
        model: the file. It reads batch x height x width x channels.
        output: the name of the output.
    """
    interpreter = interpreter_of(model)

    def run(images: Any) -> Any:
        fit(interpreter, images.shape)
        signature = interpreter.get_signature_runner()
        (name,) = signature.get_input_details()
        return signature(**{name: images})[output]

    return run


def saved_model_run(folder: str, output: str) -> Run:
    """A SavedModel in TensorFlow, which runs whatever its graph holds.

    Args:
        folder: its folder.
        output: the name of the output in its signature.
    """
    from inceptionspec.backends.keras.import_keras import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    model = tf.saved_model.load(folder)
    signature = model.signatures["serving_default"]

    def run(images: Any, kept: Any = model) -> Any:  # the signature does not keep its variables
        return signature(images=tf.constant(images))[output].numpy()

    return run
