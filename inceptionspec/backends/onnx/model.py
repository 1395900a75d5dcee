"""Graph and values of its weights to an ONNX model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from inceptionspec._version import __version__
from inceptionspec.backends.byte_input import ByteInput, byte_input, unfolded_input
from inceptionspec.backends.file_size import check_file_size
from inceptionspec.backends.onnx.emit import EMITTERS
from inceptionspec.backends.onnx.layer_builder import LayerBuilder, Model, Values
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.ops.record import Shape

OPERATOR_SET = 18
"""The version of ONNX's operators: the newest that every supported runtime computes rightly.

From version 19 on, ONNX Runtime 1.19 to 1.24 counts the padding of ``AveragePool`` wrongly, also
that of a ``Pad`` before it (https://github.com/microsoft/onnxruntime/issues/24681, 26708).
"""
IMAGES = "images"
"""The name of the model's input."""


def onnx_model(
    graph: Graph,
    values: Values,
    outputs: str | Sequence[str] | Mapping[str, int] | None = None,
    batch: int | None = None,
    *,
    preprocessing: Preprocessing | None = None,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """A model for inference, float32, with its weights inside.

    It reads ``images``, batch x channels x height x width, the layout of ONNX's operators, and
    yields maps in that layout. Outputs have the names by which they were asked for. With a
    preprocessing it reads pictures as they lie in memory: batch x height x width x channels.

    Args:
        graph: the network.
        values: the values of all weights that the outputs depend on.
        outputs: as ``traversal.resolve_outputs`` takes them, or nodes by name, as
            ``Rewritten.outputs`` has them.
        batch: the number of images; open unless given.
        preprocessing: what turns pictures into inputs. The model then reads bytes (uint8) of
            pictures that have its size, channels in the order RGB; the notes of
            ``byte_input.byte_input`` say how.
        metadata: texts by name, which ``read_metadata`` gives back.

    Raises:
        SpecError: an output does not exist or has the input's name (E0806), the weights do not
            fit in a file (E0508), or the preprocessing is of another number of channels (E0805).
    """
    ends = outputs if isinstance(outputs, Mapping) else resolve_outputs(graph, outputs)
    needed = ancestors(graph.nodes, ends.values())
    check_file_size(graph, needed, "an ONNX")
    model = Model([], [])
    shape = graph.nodes[0].shape
    folded: set[str] = set()
    if preprocessing is None:
        images = _described(IMAGES, shape, batch)
        tensors = {0: IMAGES}
    else:
        images = _described_bytes(shape, batch)
        steps = byte_input(graph, values, ends, preprocessing)
        folded = {key[0] for key, value in steps.values.items() if value is not values[key]}
        values = steps.values
        tensors = {0: _preprocessed(LayerBuilder(model, graph, graph.nodes[0], values), steps)}
    for index in needed:
        if index:
            node = graph.nodes[index]
            # These are no longer the network's weights, and no reader must take them for such.
            holder = f"{node.path}/of_bytes" if node.path in folded else ""
            layer = LayerBuilder(model, graph, node, values, holder)
            inputs = [tensors[source] for source in node.inputs]
            tensors[index] = EMITTERS[node.op](layer, inputs)
    named = {name or graph.nodes[index].path: index for name, index in ends.items()}
    if IMAGES in named:
        raise spec_error(
            "E0806",
            f"no output of an ONNX model can be named `{IMAGES}`, which is its input",
            f"outputs={IMAGES!r}",
            "rename the layer, or ask for another",
        )
    _name_outputs(model, {name: tensors[index] for name, index in named.items()})
    yielded = [_described(name, graph.nodes[at].shape, batch) for name, at in named.items()]
    whole = onnx.helper.make_graph(
        model.nodes,
        graph.name,
        [images],
        yielded,
        model.constants,
    )
    made = onnx.helper.make_model(
        whole,
        opset_imports=[onnx.helper.make_opsetid("", OPERATOR_SET)],
        ir_version=onnx.helper.find_min_ir_version_for(
            [onnx.helper.make_opsetid("", OPERATOR_SET)]
        ),
        producer_name="inceptionspec",
        producer_version=__version__,
    )
    onnx.helper.set_model_props(made, dict(metadata or {}))
    serialized: bytes = made.SerializeToString()
    return serialized


def reading_bytes(content: bytes, graph: Graph, preprocessing: Preprocessing) -> bytes:
    """A model that reads bytes of pictures, made of one that reads ``images``.

    Its operators and weights stay as they are, those of a model in integers, for example.

    Raises:
        SpecError: the preprocessing is of another number of channels (E0805).
    """
    made = onnx.load_model_from_string(content)
    steps = Model([], [])
    builder = LayerBuilder(steps, graph, graph.nodes[0], {})
    preprocessed = _preprocessed(builder, unfolded_input(graph, preprocessing))
    for node in made.graph.node:
        node.input[:] = [preprocessed if name == IMAGES else name for name in node.input]
        steps.nodes.append(node)
    batch = made.graph.input[0].type.tensor_type.shape.dim[0].dim_value or None
    made.graph.input[0].CopyFrom(_described_bytes(graph.nodes[0].shape, batch))
    del made.graph.node[:]
    made.graph.node.extend(steps.nodes)
    made.graph.initializer.extend(steps.constants)
    serialized: bytes = made.SerializeToString()
    return serialized


def _name_outputs(model: Model, outputs: Mapping[str, str]) -> None:
    """Give tensors the names by which they are asked for.

    An operator yields such a tensor itself: ONNX Runtime 1.32 refuses a model whose padding it
    fuses into a convolution if what is padded is an output through an `Identity`. Only what the
    model reads, and what has two names, goes through one.
    """
    renamed: dict[str, str] = {}
    for name, tensor in outputs.items():
        if tensor != IMAGES:
            renamed.setdefault(tensor, name)
    for node in model.nodes:
        node.input[:] = [renamed.get(tensor, tensor) for tensor in node.input]
        node.output[:] = [renamed.get(tensor, tensor) for tensor in node.output]
    for name, tensor in outputs.items():
        source = renamed.get(tensor, tensor)
        if source != name:
            model.nodes.append(onnx.helper.make_node("Identity", [source], [name]))


def _preprocessed(layer: LayerBuilder, steps: ByteInput) -> str:
    """What the first layer reads, made of bytes."""
    tensor = layer.operator("Cast", [IMAGES], to=onnx.TensorProto.FLOAT)
    tensor = layer.operator("Transpose", [tensor], perm=(0, 3, 1, 2))
    if steps.minus is not None:
        minus = layer.constant("minus", steps.minus[:, None, None])
        tensor = layer.operator("Sub", [tensor, minus])
    if steps.times is not None:
        times = layer.constant("times", steps.times[:, None, None])
        tensor = layer.operator("Mul", [tensor, times])
    if steps.reverse:
        last = (layer.node.shape[-1] or 1) - 1
        order = layer.constant("channels", range(last, -1, -1), "int64")
        tensor = layer.operator("Gather", [tensor, order], axis=1)
    return tensor


def _described_bytes(shape: Shape, batch: int | None) -> Any:
    """The input of a model that reads bytes."""
    return onnx.helper.make_tensor_value_info(IMAGES, onnx.TensorProto.UINT8, [batch, *shape])


def _described(name: str, shape: Shape, batch: int | None) -> Any:
    """A tensor's name, type and shape; open sides have none."""
    sides = [shape[-1], *shape[:-1]] if len(shape) == 3 else shape
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [batch, *sides])
