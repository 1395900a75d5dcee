"""ONNX models: written by the emitter of ours, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.export.content import REST, content_digests, owner
from inceptionspec.export.program import Program
from inceptionspec.export.receipt import KEY
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers, channels_first, channels_last
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.files.wire import CorruptFileError


def write(program: Program, target: Path, receipt: str = "") -> None:
    """Write the model, with a receipt if there is one yet."""
    target.write_bytes(model_bytes(program, receipt))


put_receipt = write


def model_bytes(program: Program, receipt: str = "") -> bytes:
    """The model as a file has it.

    Raises:
        SpecError: onnx is not installed (E0704).
    """
    from inceptionspec.backends.onnx import onnx_model, reading_bytes, with_metadata

    metadata = {KEY: receipt} if receipt else {}
    if program.integers is not None:
        integers = program.integers
        if program.inside is not None:
            integers = reading_bytes(integers, program.graph, program.inside)
        return with_metadata(integers, metadata)
    return onnx_model(
        program.graph,
        program.values,
        program.ends,
        program.batch,
        preprocessing=program.inside,
        metadata=metadata,
    )


def get_receipt(target: Path) -> str | None:
    """The text of the receipt.

    Raises:
        SpecError: it is no model (E0802), or onnx is not installed (E0704).
    """
    from inceptionspec.backends.onnx import read_metadata

    return read_metadata(target.read_bytes(), str(target)).get(KEY)


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of all operators and constants of each layer; what belongs to none is under ``""``.

    Raises:
        SpecError: onnx is not installed (E0704).
    """
    return content_digests(_parts(target, set(paths)), paths)


def _parts(target: Path, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Each operator and each constant of a model, with the path of its layer."""
    with packages("onnx", extra="onnxruntime", use="ONNX models need it"):
        import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(target.read_bytes())
        for node in model.graph.node:
            attributes = sorted(attribute.SerializeToString() for attribute in node.attribute)
            about = (node.op_type, node.domain, list(node.input), list(node.output), attributes)
            yield owner(node.name, paths), repr(about).encode("utf-8", "surrogatepass")
        for tensor in model.graph.initializer:
            constant = (tensor.name, tensor.data_type, list(tensor.dims))
            yield owner(tensor.name, paths), repr(constant).encode("utf-8", "surrogatepass")
            yield owner(tensor.name, paths), onnx.numpy_helper.to_array(tensor).tobytes()
    except (DecodeError, ValueError, TypeError, KeyError):
        raise CorruptFileError("it is no ONNX model, or it is damaged") from None
    for value in (*model.graph.input, *model.graph.output):
        yield REST, value.SerializeToString()
    yield REST, repr([(one.domain, one.version) for one in model.opset_import]).encode()


class OnnxRunner:
    """A model in ONNX Runtime, on the CPU."""

    def __init__(self, model: bytes, graph: Graph, paths: Collection[str], *, inside: bool) -> None:
        with packages("onnxruntime", extra="onnxruntime", use="ONNX models need it"):
            import onnxruntime

        self.name = f"onnxruntime {onnxruntime.__version__}"
        self._model = model
        self._graph = graph
        self._paths = tuple(paths)
        self._inside = inside
        self._outputs: set[str] = set()

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the model; with ``layers``, run a copy that yields what every layer yields."""
        model, ends = self._with_layers() if layers else (self._model, {})
        session = _session(model)
        values = pictures if self._inside else channels_first(as_input(pictures, self._graph))
        given = {session.get_inputs()[0].name: values}
        names = [output.name for output in session.get_outputs()]
        yielded = dict(zip(names, map(channels_last, session.run(names, given)), strict=True))
        added = set(ends.values()) - self._outputs
        outputs = {name: array for name, array in yielded.items() if name not in added}
        return Answers(outputs, {path: yielded[name] for path, name in ends.items()})

    def _with_layers(self) -> tuple[bytes, Mapping[str, str]]:
        """The model with every layer's tensor as an output, and those tensors by path."""
        import onnx

        model = onnx.load_model_from_string(self._model)
        self._outputs = {output.name for output in model.graph.output}
        known = set(self._paths)
        last: dict[str, str] = {}
        for node in model.graph.node:
            path = owner(node.name, known)
            if path:
                last[path] = node.output[0]
        ends = {path: last[path] for path in self._paths if path in last}
        for name in set(ends.values()) - self._outputs:
            model.graph.output.append(
                onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            )
        serialized: bytes = model.SerializeToString()
        return serialized, ends


def runner(program: Program, target: Path) -> OnnxRunner:
    """The file that was written, in ONNX Runtime."""
    return OnnxRunner(
        target.read_bytes(), program.loaded.graph, program.paths, inside=program.inside is not None
    )


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
