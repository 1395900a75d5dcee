"""Which layers stay in float32 so that the deviation of a network in integers is within a bound."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from inceptionspec.quantization.calibration import image_of, layers_of, runner
from inceptionspec.quantization.deviation import Deviation, LayerErrors, deviation
from inceptionspec.quantization.grid import Array
from inceptionspec.quantization.quantize import Calibration, QuantizedModel, quantize

RUNS = 8
"""How many choices of layers are tried: enough for a network of 255 layers with weights."""


@dataclass(frozen=True, slots=True)
class Found:
    """A network in integers within a bound.

    Attributes:
        model: the network; ``model.kept`` are the layers that stay in float32.
        deviation: how far its logits are from those of float32.
        runs: how many choices were tried.
    """

    model: QuantizedModel
    deviation: Deviation
    runs: int


def quantize_within(
    calibration: Calibration,
    inputs: Array,
    logits: str,
    *,
    largest: float = float("inf"),
    agreement: float = 0.0,
    batch: int | None = None,
    keep_float: Collection[str] = (),
    runs: int = RUNS,
) -> Found:
    """Keep as few layers in float32 as a bound allows, by bisection.

    Layers with weights are ranked by what each adds to the error (``LayerErrors``), measured once.
    Then the number of layers that stay is bisected, those that add most first. Fewer layers in
    float32 need not deviate more; so what is found is within the bound, and may be one of several
    choices. If nothing is found within the runs, the last choice known to be within the bound is
    all layers in float32.

    Args:
        calibration: the network and its ranges.
        inputs: pictures that are compared, batch x height x width x channels.
        logits: the output that is compared, as the file names it.
        largest: the largest error of a logit that is allowed, of the largest logit.
        agreement: the share of pictures whose largest logit must be the same.
        batch: the number of images that the file takes; open unless given.
        keep_float: layers that stay in float32 in any case: patterns of paths.
        runs: how many choices are tried, without the first, which keeps no further layer.
    """
    reference = _logits(calibration.model, logits, inputs)

    def tried(kept: Collection[str]) -> tuple[QuantizedModel, Deviation]:
        model = quantize(calibration, keep_float=(*keep_float, *kept))
        return model, deviation(reference, _logits(model.onnx, logits, inputs))

    def holds(measured: Deviation) -> bool:
        return measured.largest <= largest and measured.agreement >= agreement

    model, measured = tried(())
    count = 1
    if not holds(measured):
        ranked = _ranked(calibration, model, inputs)
        too_few, enough = 0, len(ranked)
        found = None
        while enough - too_few > 1 and count <= runs:
            middle = (too_few + enough) // 2
            candidate = tried(ranked[:middle])
            count += 1
            if holds(candidate[1]):
                enough, found = middle, candidate
            else:
                too_few = middle
        if found is None:
            found = tried(ranked)
            count += 1
        model, measured = found
    if batch is not None:
        model = quantize(calibration, batch=batch, keep_float=model.kept)
    return Found(model, measured, count)


def _ranked(calibration: Calibration, model: QuantizedModel, inputs: Array) -> list[str]:
    """The layers that compute in integers, those that add most to the error first."""
    paths = [node.path for node in calibration.graph.nodes]
    errors = LayerErrors()
    reference = layers_of(calibration.model, paths, inputs)
    for wanted, found in zip(reference, layers_of(model.onnx, paths, inputs), strict=True):
        errors.add(wanted, found)
    adding = [one.path for one in errors.shares(calibration.graph) if one.path in model.int8]
    return [*adding, *(path for path in model.int8 if path not in adding)]


def _logits(content: bytes, name: str, inputs: Array) -> Array:
    run = runner(content, [name])
    found = []
    for place in range(len(inputs)):
        (one,) = run(image_of(inputs, place))
        found.append(np.moveaxis(one, 1, -1))
    return np.concatenate(found)
