"""What ONNX Runtime and LiteRT make of models, maps in TensorFlow's layout.

Everything is imported by what runs a model, so that tests of graphs do without.
"""

from __future__ import annotations

from typing import Any


def onnx_outputs(content: bytes, images: Any) -> dict[str, Any]:
    """Outputs of an ONNX model by name; floats are turned to its layout, bytes are not."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = images if images.dtype == "uint8" else images.astype("float32").transpose(0, 3, 1, 2)
    names = [output.name for output in session.get_outputs()]
    computed = zip(names, session.run(None, {"images": given}), strict=True)
    return {
        name: value.transpose(0, 2, 3, 1) if value.ndim == 4 else value for name, value in computed
    }


def litert_interpreter(content: bytes, images: Any, *, plain: bool = False) -> Any:
    """An interpreter ready for images of a shape; ``plain`` leaves XNNPACK out."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kinds = OpResolverType
    resolver = kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else kinds.AUTO
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    (details,) = interpreter.get_input_details()
    if tuple(details["shape"]) != images.shape:
        interpreter.resize_tensor_input(details["index"], images.shape)
    interpreter.allocate_tensors()
    return interpreter


def litert_outputs(content: bytes, images: Any, *, plain: bool = False) -> dict[str, Any]:
    """Outputs of a `.tflite` model by name."""
    given = images if images.dtype == "uint8" else images.astype("float32")
    interpreter = litert_interpreter(content, given, plain=plain)
    found: dict[str, Any] = interpreter.get_signature_runner()(images=given)
    return found


def relative_deviation(expected: Any, got: Any) -> float:
    """The largest difference over all outputs, relative to the magnitude of each."""
    import numpy as np

    assert expected.keys() == got.keys()
    worst = 0.0
    for name, value in expected.items():
        assert value.shape == got[name].shape, name
        magnitude = np.abs(value).max()
        assert 0 < magnitude < np.inf, f"{name} shows nothing"
        found = float(np.abs(value - got[name]).max() / magnitude)
        worst = max(worst, found if found == found else float("inf"))
    return worst
