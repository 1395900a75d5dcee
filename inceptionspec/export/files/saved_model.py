"""Folders of TensorFlow: a model that can be trained, or one for inference alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from inceptionspec.bench.tracing.owners import owners
from inceptionspec.diagnostics.source import external
from inceptionspec.export.content import REST, by_keras_name, content_digests, keras_owner
from inceptionspec.export.program import Program, array_digest
from inceptionspec.export.receipt import FILE, MOST_BYTES
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers
from inceptionspec.ir.graph import Graph
from inceptionspec.ops.record import Shape
from inceptionspec.utils.read_file import read_regular_file
from inceptionspec.weights.files.tf_checkpoint import Checkpoint
from inceptionspec.weights.files.wire import CorruptFileError

_RECEIPT, _GRAPH, _VARIABLES = f"assets.extra/{FILE}", "saved_model.pb", "variables/variables"
_MOST_GRAPH = (1 << 31) - 1
_SIGNATURE = "serving_default"
_LAYERS = "layers"
"""The attribute that holds variables by layer, whose names stand in the checkpoint."""


def write(program: Program, target: Path) -> None:
    """Write the folder.

    Raises:
        SpecError: TensorFlow is not installed (E0704).
    """
    from inceptionspec.export.files.tensorflow_module import save

    save(program, target, _SIGNATURE)


def put_receipt(program: Program, target: Path, text: str) -> None:
    """Add the receipt where TensorFlow lets others put files."""
    file = target / _RECEIPT
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def get_receipt(target: Path) -> str | None:
    """The text of the receipt."""
    try:
        return read_regular_file(target / _RECEIPT, MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the operations and variables of each layer; all else is under ``""``.

    Nothing is run: the graph is read as data.

    Raises:
        CorruptFileError: it is no SavedModel.
        SpecError: TensorFlow is not installed (E0704), or variables cannot be read (E0703).
    """
    return content_digests(_parts(target, paths), paths)


def _parts(target: Path, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Each operation and each variable, with the path of its layer."""
    for part in _parsed(target).meta_graphs:
        for function in part.graph_def.library.function:
            yield REST, function.signature.SerializeToString(deterministic=True)
            yield REST, repr(sorted(function.ret.items())).encode()
            yield from _nodes(function.node_def, paths)
        yield from _nodes(part.graph_def.node, paths)
        yield REST, part.object_graph_def.SerializeToString(deterministic=True)
    if not (target / f"{_VARIABLES}.index").exists():
        return
    dotted = by_keras_name(paths)
    checkpoint = Checkpoint(str(target / _VARIABLES), external(str(target)))
    for name in sorted(checkpoint.tensors):
        if not checkpoint.tensors[name].is_floating:  # counters, and the names of all
            continue
        first, _, rest = name.partition("/")
        # TensorFlow writes a dot of a key twice.
        layer = rest.partition("/")[0].replace("..", ".") if first == _LAYERS else ""
        found = array_digest(checkpoint.read([name])[name])
        yield keras_owner(layer, dotted), f"{name} {found}".encode()


def _nodes(nodes: Any, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    found = owners((node.name for node in nodes), paths)
    for node in nodes:
        yield found.get(node.name, REST), node.SerializeToString(deterministic=True)


def _parsed(target: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    import inceptionspec.backends.keras  # noqa: F401 - imports TensorFlow without its notices

    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString(read_regular_file(target / _GRAPH, _MOST_GRAPH))
    except (DecodeError, OSError):
        raise CorruptFileError(f"its `{_GRAPH}` cannot be read") from None
    return model


class SavedModelRunner:
    """The signature of a folder that was just written, in TensorFlow."""

    def __init__(self, target: Path, graph: Graph, paths: Collection[str], *, inside: bool) -> None:
        import tensorflow as tf

        self.name = f"tensorflow {tf.__version__}"
        self._model = tf.saved_model.load(str(target))
        self._signature = self._model.signatures[_SIGNATURE]
        self._graph = graph
        self._paths = tuple(paths)
        self._inside = inside

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the signature; with ``layers``, a frozen copy that yields what every layer yields."""
        import tensorflow as tf

        images = tf.constant(pictures if self._inside else as_input(pictures, self._graph))
        found = {name: one.numpy() for name, one in self._signature(images=images).items()}
        return Answers(found, self._layers(images) if layers else {})

    def _layers(self, images: Any) -> Mapping[str, Any]:
        import tensorflow as tf
        from tensorflow.python.framework import convert_to_constants

        frozen = convert_to_constants.convert_variables_to_constants_v2(self._signature)
        definition = frozen.graph.as_graph_def()
        found = owners((node.name for node in definition.node), self._paths)
        last = {found[node.name]: node.name for node in definition.node if node.name in found}
        shapes: Mapping[str, Shape] = {node.path: node.shape for node in self._graph.nodes}
        wrapped = tf.compat.v1.wrap_function(
            lambda: tf.graph_util.import_graph_def(definition, name=""), []
        )
        ends = {path: last[path] for path in self._paths if path in last and path in shapes}
        tensor = wrapped.graph.as_graph_element
        yielded = wrapped.prune(
            tensor(frozen.inputs[0].name), [tensor(f"{name}:0") for name in ends.values()]
        )(images)
        return dict(zip(ends, (one.numpy() for one in yielded), strict=True))


def runner(program: Program, target: Path) -> SavedModelRunner:
    """The folder that was written, as TensorFlow loads it."""
    return SavedModelRunner(
        target, program.loaded.graph, program.paths, inside=program.inside is not None
    )
