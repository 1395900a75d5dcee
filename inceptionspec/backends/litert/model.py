"""Graph and values of its weights to a `.tflite` file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ai_edge_litert import schema_py_generated as schema

from inceptionspec._version import __version__
from inceptionspec.backends.byte_input import ByteInput, byte_input
from inceptionspec.backends.file_size import check_file_size
from inceptionspec.backends.litert.emit import EMITTERS
from inceptionspec.backends.litert.flatbuffer import Model, Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator, Values
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors, resolve_outputs

IMAGES = "images"
"""The name of the model's input."""


def litert_model(
    graph: Graph,
    values: Values,
    outputs: str | Sequence[str] | Mapping[str, int] | None = None,
    batch: int | None = None,
    *,
    preprocessing: Preprocessing | None = None,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """A model for inference, float32, with its weights inside.

    It reads ``images``, batch x height x width x channels, and yields maps in that layout. The
    signature has outputs under the names by which they were asked for; tensors have the paths
    of layers. Norms of convolutions and dense layers are folded into their kernels.

    Args:
        graph: the network.
        values: the values of all weights that the outputs depend on.
        outputs: as ``traversal.resolve_outputs`` takes them, or nodes by name, as
            ``Rewritten.outputs`` has them.
        batch: the number of images. Unless given it is 1 until the interpreter is told otherwise
            (``resize_tensor_input``), as open heights and widths are.
        preprocessing: what turns pictures into inputs. The model then reads bytes (uint8) of
            pictures that have its size, channels in the order RGB; the notes of
            ``byte_input.byte_input`` say how.
        metadata: texts by name, which ``read_metadata`` gives back.

    Raises:
        SpecError: an output does not exist (E0806), the weights do not fit in a file (E0508), or
            the preprocessing is of another number of channels (E0805).
    """
    ends = outputs if isinstance(outputs, Mapping) else resolve_outputs(graph, outputs)
    needed = ancestors(graph.nodes, ends.values())
    check_file_size(graph, needed, "a `.tflite`")
    model = Model(graph.name, batch)
    shape = graph.nodes[0].shape
    layer = LayerBuilder(model, graph.nodes[0], values)
    if preprocessing is None:
        images = first = model.computed(IMAGES, shape)
    else:
        images = model.computed(IMAGES, shape, schema.TensorType.UINT8)
        steps = byte_input(graph, values, ends, preprocessing)
        values = steps.values
        first = layer.finish(_preprocessed(layer, images, steps))
    tensors: dict[int, Tensor] = {0: first}
    for index in needed:
        if index:
            node = graph.nodes[index]
            builder = LayerBuilder(model, node, values)
            inputs = [tensors[source] for source in node.inputs]
            tensors[index] = builder.finish(EMITTERS[node.op](builder, inputs))
    if any(tensors[index] is images for index in ends.values()):
        # The runtime does not yield the tensor that it was given.
        copied = layer.finish(_copied(layer, images))
        tensors = {index: copied if own is images else own for index, own in tensors.items()}
    return model.to_bytes(
        {IMAGES: images},
        {name or graph.nodes[index].path: tensors[index] for name, index in ends.items()},
        f"{graph.name}, written by inceptionspec {__version__}",
        metadata or {},
    )


def _preprocessed(layer: LayerBuilder, images: Tensor, steps: ByteInput) -> Tensor:
    """What the first layer reads, made of bytes."""
    kinds = schema.TensorType
    given = options(schema.CastOptionsT, inDataType=kinds.UINT8, outDataType=kinds.FLOAT32)
    tensor = layer.operator(Operator.CAST, [images], given)
    if steps.minus is not None:
        minus = layer.constant("minus", steps.minus)
        tensor = layer.operator(Operator.SUB, [tensor, minus], options(schema.SubOptionsT))
    if steps.times is not None:
        times = layer.constant("times", steps.times)
        tensor = layer.operator(Operator.MUL, [tensor, times], options(schema.MulOptionsT))
    if steps.reverse:
        axis = layer.constant("channels", (3,), "int32")
        tensor = layer.operator(Operator.REVERSE_V2, [tensor, axis])
    return tensor


def _copied(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    one = layer.constant("one", 1.0)
    return layer.operator(Operator.MUL, [tensor, one], options(schema.MulOptionsT))
