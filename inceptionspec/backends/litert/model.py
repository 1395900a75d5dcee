"""Graph and values of its weights to a `.tflite` file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inceptionspec._version import __version__
from inceptionspec.backends.litert.emit import EMITTERS
from inceptionspec.backends.litert.flatbuffer import Model, Tensor
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Values
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
        preprocessing: what turns pictures into inputs; the model then reads bytes.
        metadata: texts by name, which ``read_metadata`` gives back.

    Raises:
        SpecError: an output does not exist (E0806), or the weights do not fit in a file (E0508).
    """
    ends = outputs if isinstance(outputs, Mapping) else resolve_outputs(graph, outputs)
    model = Model(graph.name, batch)
    images = model.computed(IMAGES, graph.nodes[0].shape)
    tensors: dict[int, Tensor] = {0: images}
    for index in ancestors(graph.nodes, ends.values()):
        if index:
            node = graph.nodes[index]
            layer = LayerBuilder(model, node, values)
            inputs = [tensors[source] for source in node.inputs]
            tensors[index] = layer.finish(EMITTERS[node.op](layer, inputs))
    return model.to_bytes(
        {IMAGES: images},
        {name or graph.nodes[index].path: tensors[index] for name, index in ends.items()},
        f"{graph.name}, written by inceptionspec {__version__}",
        metadata or {},
    )
