"""The range of each tensor over pictures, by running the network in float32."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from inceptionspec.backends.import_openvino import openvino_core
from inceptionspec.diagnostics.optional_packages import installed
from inceptionspec.engines.onnxruntime import session_of
from inceptionspec.quantization.grid import Array, Range
from inceptionspec.quantization.layers import with_layers, with_tensors

TAIL = 1e-4
"""The share of a picture's numbers that may lie beyond each end of a range.

A few numbers far outside make the steps of all others coarse. Measured on Inception V3 with trained
weights, 96 photos after calibration with 32 others: a mean error of the logits of 5.5e-3 of the
largest, 6.2e-3 with none left out, 8.3e-3 with 1e-3. Means over pictures instead of the widest of
their ranges cut off what counts: 1.4e-2.
"""


def ranges_of(content: bytes, images: Array) -> Mapping[str, Range]:
    """The range of each tensor: of each picture without its tails, the widest over all pictures.

    Pictures run one by one, so that memory holds the tensors of one picture only. Nothing is left
    out of tensors of fewer than 1 / ``TAIL`` numbers.

    Args:
        content: an ONNX model of ours, in float32, for any number of images.
        images: batch x height x width x channels, as the network reads them.
    """
    wide, names = with_tensors(content)
    run = runner(wide, names[1:])
    found: dict[str, Range] = {}
    for place in range(len(images)):
        given = image_of(images, place)
        for name, array in zip(names, (given, *run(given)), strict=True):
            extent = _extent(array)
            found[name] = found[name].united(extent) if name in found else extent
    return found


def _extent(array: Array) -> Range:
    """The range of one picture's numbers; without bounds where one of them has none."""
    low, high = float(array.min()), float(array.max())
    if not math.isfinite(high - low):
        return Range(-math.inf, math.inf)
    left_out = int(array.size * TAIL)
    if left_out:
        ends = [left_out, array.size - 1 - left_out]
        low, high = map(float, np.partition(array.ravel(), ends)[ends])
    return Range(low, high)


def layers_of(content: bytes, paths: Sequence[str], images: Array) -> Iterator[Mapping[str, Array]]:
    """What layers yield, picture by picture, in the layout of ONNX.

    Args:
        content: an ONNX model of ours, in float32 or quantized.
        paths: of the layers; those that the model does not have are left out.
        images: batch x height x width x channels, as the network reads them.
    """
    wide, names = with_layers(content, paths)
    run = runner(wide, tuple(names.values()))
    for place in range(len(images)):
        yield dict(zip(names, run(image_of(images, place)), strict=True))


def image_of(images: Array, place: int) -> Array:
    """One picture of many, as the models read it: a batch of one, channels first."""
    return np.ascontiguousarray(images[place : place + 1].transpose(0, 3, 1, 2), np.float32)


def runner(content: bytes, outputs: Sequence[str]) -> Callable[[Array], Sequence[Array]]:
    """ONNX Runtime, or OpenVINO where only that is installed, with a model.

    Args:
        content: an ONNX model of one input.
        outputs: what is asked for, by name.

    Raises:
        SpecError: neither is installed (E0704).
    """
    if installed("openvino") and not installed("onnxruntime"):
        return _in_openvino(content, outputs)
    session = session_of(content)
    read = session.get_inputs()[0].name
    return lambda given: session.run(list(outputs), {read: given})


def _in_openvino(content: bytes, outputs: Sequence[str]) -> Callable[[Array], Sequence[Array]]:

    core = openvino_core()
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    network = core.compile_model(core.read_model(model=content), "CPU", options)
    request = network.create_infer_request()

    def run(given: Array) -> Sequence[Array]:
        request.infer([given])
        return [request.get_tensor(name).data.copy() for name in outputs]

    return run
