"""Networks that PyTorch exported, by both of its exporters: equal outputs, and what they are.

`tools/make_torch_models.py` wrote the files, and what PyTorch itself computed.
"""

from __future__ import annotations

import numpy as np
import numpy_network
import pytest
from support import ROOT

import inceptionspec

FOLDER = ROOT / "tests" / "corpus" / "onnx"
#: What the network is made of, in order; both exporters fold the batch norms.
OPS = [
    "conv", "max_pool", "conv", "conv", "depthwise_conv", "global_avg_pool", "conv", "conv",
    "multiply", "add", "channel_shuffle", "conv", "depthwise_conv", "global_avg_pool", "conv",
    "conv", "multiply", "add", "group_norm", "prelu", "conv", "conv_transpose", "avg_pool",
    "concat", "pad", "crop", "crop", "upsample", "avg_pool", "flatten", "dense",
]  # fmt: skip


@pytest.mark.parametrize("name", ["torch_traced_11", "torch_20"])
def test_a_network_of_pytorch_computes_what_pytorch_computed(name: str) -> None:
    held = np.load(FOLDER / "torch.npz")
    found = inceptionspec.import_model(FOLDER / f"{name}.onnx")
    graph = found.network.graph
    assert sorted(node.op for node in graph.nodes[1:]) == sorted(OPS)
    images = held["images"].transpose(0, 2, 3, 1)
    ends = {"": len(graph.nodes) - 1}
    got = numpy_network.outputs_of(graph, ends, found.arrays(), images)[""]
    expected = held["logits"]
    assert np.abs(got - expected).max() <= 2e-6 * np.abs(expected).max()
    assert not found.network.check().findings
