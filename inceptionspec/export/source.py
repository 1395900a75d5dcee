"""What an exported file is compared with: the network itself, in a runtime that is installed."""

from __future__ import annotations

from inceptionspec.diagnostics.optional_packages import installed
from inceptionspec.export.files import litert_file, onnx_file
from inceptionspec.export.program import Program
from inceptionspec.export.running import Runner
from inceptionspec.ir.traversal import resolve_outputs


def source_runner(program: Program, form: str) -> Runner | None:
    """The network as it was before it was written, in a runtime that is not the file's own.

    That is Keras, or without TensorFlow a model of ours in ONNX Runtime or LiteRT; None where
    none is installed.

    Args:
        program: what was written.
        form: the name of its format.
    """
    if installed("tensorflow") and installed("keras"):
        from inceptionspec.export.files.keras_runner import source_runner as in_keras

        return in_keras(program)
    if form != "onnx" and installed("onnxruntime") and installed("onnx"):
        return _in_onnx(program)
    if form != "tflite" and installed("ai_edge_litert"):
        plain = _plain(program)
        model = litert_file.model_bytes(plain)
        return litert_file.LiteRtRunner(model, plain.graph, plain.paths, inside=False)
    return None


def rebuilt_runner(program: Program) -> Runner | None:
    """A network of a receipt with the weights of its file, in what starts fastest."""
    if installed("onnxruntime") and installed("onnx"):
        return _in_onnx(program)
    return source_runner(program, "onnx")


def _in_onnx(program: Program) -> Runner:
    plain = _plain(program)
    model = onnx_file.model_bytes(plain)
    return onnx_file.OnnxRunner(model, plain.graph, plain.paths, inside=False)


def _plain(program: Program) -> Program:
    """The same network, not rewritten, that reads images."""
    graph = program.loaded.graph
    ends = resolve_outputs(graph, program.asked)
    return Program(program.loaded, graph, program.source, program.source, program.asked, ends)
