"""ONNX models: written by the emitter of ours, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.export.program import Program
from inceptionspec.export.receipt import KEY
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers, channels_last
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.files import wire

# Fields of a model, and of an entry of its metadata.
_METADATA = 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2


def write(program: Program, target: Path) -> None:
    """Write the model."""
    target.write_bytes(model_bytes(program))


def model_bytes(program: Program) -> bytes:
    """The model without a receipt."""
    from inceptionspec.backends.onnx import onnx_model

    return onnx_model(program.graph, program.values, program.asked, program.batch)


def put_receipt(program: Program, target: Path, text: str) -> None:
    """Add the receipt: a message of protocol buffers grows by what is appended to it."""
    entry = _bytes(_ENTRY_KEY, KEY.encode()) + _bytes(_ENTRY_VALUE, text.encode())
    with target.open("ab") as stream:
        stream.write(_bytes(_METADATA, entry))


def get_receipt(target: Path) -> str | None:
    """The text of the receipt.

    Raises:
        CorruptFileError: it is no model.
    """
    for field in wire.fields(target.read_bytes()):
        if field.number == _METADATA:
            entry = {part.number: bytes(part.bytes()) for part in wire.fields(field.bytes())}
            if entry.get(_ENTRY_KEY) == KEY.encode():
                return entry.get(_ENTRY_VALUE, b"").decode("utf-8", "replace")
    return None


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of all operators and constants of each layer; what belongs to none is under ``""``.

    Raises:
        SpecError: onnx is not installed (E0704).
    """
    model = _parsed(target)
    known = set(paths)
    held: dict[str, Any] = {path: hashlib.sha256() for path in (*paths, "")}
    for node in model.graph.node:
        attributes = sorted(attribute.SerializeToString() for attribute in node.attribute)
        about = (node.op_type, node.domain, *node.input, "", *node.output)
        digest = held[_owner(node.name, known)]
        digest.update(repr((about, attributes)).encode("utf-8", "surrogatepass"))
    for tensor in model.graph.initializer:
        digest = held[_owner(tensor.name, known)]
        digest.update(repr((tensor.name, tensor.data_type, list(tensor.dims))).encode())
        digest.update(_data(tensor))
    for value in (*model.graph.input, *model.graph.output):
        held[""].update(value.SerializeToString())
    held[""].update(repr([(one.domain, one.version) for one in model.opset_import]).encode())
    return {path: digest.hexdigest()[:16] for path, digest in held.items()}


def _data(tensor: Any) -> bytes:
    import onnx

    data: bytes = onnx.numpy_helper.to_array(tensor).tobytes()
    return data


def _parsed(target: Path) -> Any:
    with packages("onnx", extra="onnxruntime", use="ONNX models need it"):
        import onnx
    return onnx.load_model_from_string(target.read_bytes())


def _owner(name: str, paths: Collection[str]) -> str:
    """The layer of an operator, or of a constant, by its name: the longest path it starts with."""
    while name and name not in paths:
        name = name.rpartition("/")[0]
    return name


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

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the model; with ``layers``, run a copy that yields what every layer yields."""
        model, ends = self._with_layers() if layers else (self._model, {})
        session = _session(model)
        values = pictures if self._inside else as_input(pictures, self._graph)
        given = {session.get_inputs()[0].name: values.transpose(0, 3, 1, 2)}
        names = [output.name for output in session.get_outputs()]
        yielded = dict(zip(names, map(channels_last, session.run(names, given)), strict=True))
        outputs = {name: yielded[name] for name in names if name not in ends.values()}
        return Answers(outputs, {path: yielded[name] for path, name in ends.items()})

    def _with_layers(self) -> tuple[bytes, Mapping[str, str]]:
        """The model with every layer's tensor as an output, and those tensors by path."""
        import onnx

        model = onnx.load_model_from_string(self._model)
        known = set(self._paths)
        last: dict[str, str] = {}
        for node in model.graph.node:
            path = _owner(node.name, known)
            if path:
                last[path] = node.output[0]
        ends = {path: last[path] for path in self._paths if path in last}
        for name in ends.values():
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


def _bytes(number: int, value: bytes) -> bytes:
    """A field of bytes as protocol buffers write it."""
    return _varint(number << 3 | wire.BYTES) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))
