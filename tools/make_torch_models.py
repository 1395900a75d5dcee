"""Write ``tests/corpus/onnx``: a network of PyTorch as its two exporters write it, and its outputs.

Needs PyTorch 2.9 or newer, ONNX and onnxscript, which the project does not: run it where these
are installed. What the exporters note beside the network, such as paths of files, is left out.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "onnx"
#: Which exporter (by tracing, or by `torch.export`), and the operator set.
FILES = {"torch_traced_11": (False, 11), "torch_20": (True, 20)}


class Gate(nn.Module):  # type: ignore[misc] # torch is not installed here
    """Squeeze-and-excitation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, 4, 1)
        self.expand = nn.Conv2d(4, channels, 1)

    def forward(self, x: Any) -> Any:
        """A factor for each channel."""
        return x * torch.sigmoid(self.expand(functional.silu(self.reduce(self.pool(x)))))


class Block(nn.Module):  # type: ignore[misc] # torch is not installed here
    """A residual block with a depthwise convolution and a gate."""

    def __init__(self, before: int, filters: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, filters, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(filters)
        self.active = nn.Hardswish()
        self.depthwise = nn.Conv2d(filters, filters, 5, 1, 2, groups=filters, bias=False)
        self.second_norm = nn.BatchNorm2d(filters)
        self.gate = Gate(filters)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1:
            projection = nn.Conv2d(before, filters, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(filters))

    def forward(self, x: Any) -> Any:
        """The sum."""
        y = self.active(self.norm(self.conv(x)))
        y = self.gate(functional.relu6(self.second_norm(self.depthwise(y))))
        return functional.relu(y + self.shortcut(x))


class Net(nn.Module):  # type: ignore[misc] # torch is not installed here
    """One of each: pools, paddings, norms, functions, a shuffle, a concatenation, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.pool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.first = Block(8, 12, 2)
        self.second = Block(12, 12)
        self.norm = nn.GroupNorm(3, 12)
        self.slopes = nn.PReLU(12)
        self.dilated = nn.Conv2d(12, 8, 3, padding=2, dilation=2)
        self.larger = nn.ConvTranspose2d(8, 6, 4, 2, 1)
        self.smaller = nn.AvgPool2d(2, 2, count_include_pad=False)
        self.grid = nn.AvgPool2d(5, 5)
        self.drop = nn.Dropout(0.3)
        self.classes = nn.Linear(14 * 4, 5)

    def forward(self, x: Any) -> Any:
        """Logits."""
        x = self.first(self.pool(functional.leaky_relu(self.stem(x), 0.1)))
        images, channels, height, width = x.shape
        x = x.view(images, 3, channels // 3, height, width).transpose(1, 2)
        x = self.second(x.reshape(images, channels, height, width))
        x = functional.gelu(self.dilated(self.slopes(self.norm(x))))
        x = torch.cat([x, self.smaller(self.larger(x))], 1)
        x = functional.pad(x, (1, 1, 1, 1), mode="reflect")[:, :, 1:-1, 1:-1]
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        return self.classes(self.drop(torch.flatten(self.grid(x), 1)))


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(3)
    net = Net()
    with torch.no_grad():
        for name, held in net.named_buffers():
            if name.endswith("running_var"):
                held.uniform_(0.5, 1.5)
            elif name.endswith("running_mean"):
                held.normal_(0, 0.1)
        for name, held in net.named_parameters():
            if "norm" in name:
                held.uniform_(0.5, 1.5) if name.endswith("weight") else held.normal_(0, 0.1)
    net.eval()
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        logits = net(images)
    np.savez_compressed(FOLDER / "torch.npz", images=images.numpy(), logits=logits.numpy())
    for name, (is_new, opset) in FILES.items():
        (FOLDER / f"{name}.onnx").write_bytes(exported(net, images, is_new=is_new, opset=opset))


def exported(net: nn.Module, images: Any, *, is_new: bool, opset: int) -> bytes:
    """The network as ONNX, without notes."""
    written = io.BytesIO()
    if is_new:
        program = torch.onnx.export(net, (images,), opset_version=opset, dynamo=True)
        model = program.model_proto
    else:
        torch.onnx.export(net, (images,), written, opset_version=opset, dynamo=False)
        model = onnx.load_from_string(written.getvalue())
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer):
        del part.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
    del model.graph.value_info[:]
    content: bytes = model.SerializeToString()
    return content


if __name__ == "__main__":
    main()
