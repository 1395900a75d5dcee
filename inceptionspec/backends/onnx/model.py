"""Graph and values of its weights to an ONNX model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from inceptionspec._version import __version__
from inceptionspec.backends.onnx.emit import EMITTERS
from inceptionspec.backends.onnx.layer_builder import LayerBuilder, Model, Values
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
    yields maps in that layout. Outputs have the names by which they were asked for.

    Args:
        graph: the network.
        values: the values of all weights that the outputs depend on.
        outputs: as ``traversal.resolve_outputs`` takes them, or nodes by name, as
            ``Rewritten.outputs`` has them.
        batch: the number of images; open unless given.
        preprocessing: what turns pictures into inputs; the model then reads bytes.
        metadata: texts by name, which ``read_metadata`` gives back.

    Raises:
        SpecError: an output does not exist (E0806).
    """
    ends = outputs if isinstance(outputs, Mapping) else resolve_outputs(graph, outputs)
    model = Model([], [])
    tensors = {0: IMAGES}
    for index in ancestors(graph.nodes, ends.values()):
        if index:
            node = graph.nodes[index]
            layer = LayerBuilder(model, graph, node, values)
            inputs = [tensors[source] for source in node.inputs]
            tensors[index] = EMITTERS[node.op](layer, inputs)
    yielded = []
    for name, index in ends.items():
        shown = name or graph.nodes[index].path
        # A name of its own, even where two outputs are one tensor.
        model.nodes.append(onnx.helper.make_node("Identity", [tensors[index]], [shown]))
        yielded.append(_described(shown, graph.nodes[index].shape, batch))
    whole = onnx.helper.make_graph(
        model.nodes,
        graph.name,
        [_described(IMAGES, graph.nodes[0].shape, batch)],
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


def _described(name: str, shape: Shape, batch: int | None) -> Any:
    """A tensor's name, type and shape; open sides have none."""
    sides = [shape[-1], *shape[:-1]] if len(shape) == 3 else shape
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [batch, *sides])
