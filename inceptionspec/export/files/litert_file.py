"""LiteRT models: written by the emitter of ours, run by LiteRT's interpreter."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.export.content import REST, content_digests, owner
from inceptionspec.export.program import Program
from inceptionspec.export.receipt import KEY
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.native_output import without_chatter
from inceptionspec.weights.files.wire import CorruptFileError

# What the interpreter says of the delegates that it takes.
_CHATTER = re.compile(rb"INFO: ")


def write(program: Program, target: Path, receipt: str = "") -> None:
    """Write the model, with a receipt if there is one yet."""
    target.write_bytes(model_bytes(program, receipt))


put_receipt = write


def model_bytes(program: Program, receipt: str = "") -> bytes:
    """The model as a file has it.

    Raises:
        SpecError: ai-edge-litert is not installed (E0704).
    """
    from inceptionspec.backends.litert import litert_model

    return litert_model(
        program.graph,
        program.values,
        program.ends,
        program.batch,
        preprocessing=program.inside,
        metadata={KEY: receipt} if receipt else {},
    )


def get_receipt(target: Path) -> str | None:
    """The text of the receipt.

    Raises:
        SpecError: it is no model (E0802), or ai-edge-litert is not installed (E0704).
    """
    from inceptionspec.backends.litert import read_metadata

    return read_metadata(target.read_bytes(), str(target)).get(KEY)


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of all operators and constants of each layer; what belongs to none is under ``""``.

    Raises:
        CorruptFileError: it is no model.
    """
    try:
        return content_digests(_parts(target.read_bytes(), set(paths)), paths)
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, struct.error):
        raise CorruptFileError("it is no model of LiteRT, or it is damaged") from None


def _parts(file: bytes, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Each operator and each tensor of a model as bytes, with the path of its layer."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(file, 0)
    graph = model.Subgraphs(0)
    names = []
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        name = tensor.Name().decode()
        names.append(name)
        path = owner(name, paths)
        sides = [tensor.Shape(side) for side in range(tensor.ShapeLength())]
        yield path, repr((name, tensor.Type(), sides)).encode()
        buffer = model.Buffers(tensor.Buffer())
        if not buffer.DataIsNone():
            yield path, buffer.DataAsNumpy().tobytes()
    for index in range(graph.OperatorsLength()):
        stored = schema.OperatorT.InitFromObj(graph.Operators(index))
        code = model.OperatorCodes(stored.opcodeIndex)
        options = sorted(vars(stored.builtinOptions).items()) if stored.builtinOptions else []
        ends = [[names[tensor] for tensor in side] for side in (stored.inputs, stored.outputs)]
        about = (code.BuiltinCode(), code.Version(), ends, options)
        yield owner(ends[1][0], paths), repr(about).encode()
    for side in ("Inputs", "Outputs"):
        read = getattr(graph, side)
        count = getattr(graph, f"{side}Length")()
        yield REST, repr([names[read(index)] for index in range(count)]).encode()


class LiteRtRunner:
    """A model in LiteRT's interpreter."""

    def __init__(self, model: bytes, graph: Graph, paths: Collection[str], *, inside: bool) -> None:
        with packages("ai_edge_litert", extra="litert", use="LiteRT models need it"):
            import ai_edge_litert  # noqa: F401

        self.name = f"ai-edge-litert {metadata.version('ai-edge-litert')}"
        self._model = model
        self._graph = graph
        self._paths = tuple(paths)
        self._inside = inside

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the model; with ``layers``, without what replaces operators, all tensors kept."""
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        kinds = OpResolverType
        interpreter = Interpreter(
            model_content=self._model,
            experimental_preserve_all_tensors=layers,
            experimental_op_resolver_type=(
                kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES if layers else kinds.AUTO
            ),
        )
        values = pictures if self._inside else as_input(pictures, self._graph)
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], values.shape)
        with without_chatter(_CHATTER):
            signature = interpreter.get_signature_runner()
            (images,) = signature.get_input_details()
            outputs = {name: array.copy() for name, array in signature(**{images: values}).items()}
        if not layers:
            return Answers(outputs, {})
        known = {tensor["name"]: tensor["index"] for tensor in interpreter.get_tensor_details()}
        yielded = {
            path: interpreter.get_tensor(known[path]).copy()
            for path in self._paths
            if path in known
        }
        return Answers(outputs, yielded)


def runner(program: Program, target: Path) -> LiteRtRunner:
    """The file that was written, in LiteRT's interpreter."""
    return LiteRtRunner(
        target.read_bytes(), program.loaded.graph, program.paths, inside=program.inside is not None
    )
