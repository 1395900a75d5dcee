"""From a graph with its weights to one ONNX file in 8-bit integers for every runtime."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx

from inceptionspec.backends.onnx import onnx_model
from inceptionspec.backends.onnx.model import IMAGES
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.ir.graph import Graph
from inceptionspec.quantization.calibration import ranges_of
from inceptionspec.quantization.grid import Array, Grid, Range, grid_of
from inceptionspec.quantization.layers import owners
from inceptionspec.quantization.lowering import PASSES_FOR_INTEGERS
from inceptionspec.quantization.operators import PRODUCTS
from inceptionspec.quantization.plan import Plan, plan_of
from inceptionspec.quantization.writing import quantized_model
from inceptionspec.rewrites.rewrite import chosen_passes, rewrite
from inceptionspec.utils.processor import processor_features
from inceptionspec.weights.load import path_pattern

Values = Mapping[tuple[str, str], Array]

_VNNI = frozenset({"avx512_vnni", "avx_vnni"})


@dataclass(frozen=True, slots=True)
class Calibration:
    """A network in float32, and what each of its tensors was seen to hold.

    Attributes:
        graph: the network, rewritten for integers.
        model: its ONNX file in float32, of the rewritten graph, for any number of images.
        ranges: of every tensor, by its name in the file.
        stands_for: the layer that computes what another one did before rewriting, by the path of
            that one.
    """

    graph: Graph
    model: bytes = field(repr=False)
    ranges: Mapping[str, Range] = field(repr=False)
    stands_for: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class QuantizedModel:
    """A network in integers.

    Attributes:
        onnx: the file.
        int8: the paths of the layers whose products are computed in integers.
        kept: the paths of those whose products stay in float32.
        weight_bits: the bits of a weight.
    """

    onnx: bytes = field(repr=False)
    int8: tuple[str, ...]
    kept: tuple[str, ...]
    weight_bits: int


def exact_weight_bits() -> int:
    """The bits of a weight that this processor's kernels compute exactly with: 8, or 7.

    Without VNNI, x86 adds two products of an unsigned and a signed integer of 8 bits in 16 bits,
    which saturates; with weights of 7 bits it does not.
    """
    features = processor_features()
    return 8 if features is None or _VNNI & features else 7


def calibrate(
    graph: Graph, values: Values, outputs: str | Sequence[str] | None, inputs: Array
) -> Calibration:
    """Find the range of every tensor of a network.

    Args:
        graph: the network.
        values: the weights that the outputs depend on, by path and name.
        outputs: as ``traversal.resolve_outputs`` takes them.
        inputs: pictures, batch x height x width x channels, as the network reads them.
    """
    rewritten = rewrite(graph, outputs, chosen_passes(PASSES_FOR_INTEGERS))
    numbers = evaluate(rewritten.weights, values)
    model = onnx_model(rewritten.graph, numbers, rewritten.outputs)
    ranges = dict(ranges_of(model, inputs))
    if graph.value_range is not None:  # others may be brighter than these pictures
        ranges[IMAGES] = ranges[IMAGES].united(Range(*graph.value_range))
    stands_for = {gone: step.paths[0] for step in rewritten.steps for gone in step.paths[1:]}
    return Calibration(rewritten.graph, model, ranges, stands_for)


def quantize(
    calibration: Calibration,
    *,
    batch: int | None = None,
    keep_float: Collection[str] = (),
    weight_bits: int | None = None,
) -> QuantizedModel:
    """Quantize a network: static, 8 bits, each output channel's weights by themselves.

    Args:
        calibration: the network and its ranges.
        batch: the number of images that the file takes; open unless given.
        keep_float: layers that stay in float32: patterns of paths.
        weight_bits: of a weight; ``exact_weight_bits()`` unless given.

    Raises:
        SpecError: a pattern matches no layer (E0825), or what is to be an integer is infinite or no
            number (E0832).
    """
    model = onnx.load_model_from_string(calibration.model)
    owner = owners(model)
    kept = _matched(calibration, keep_float)
    plan = plan_of(model, lambda name: owner.get(name) in kept)
    makers = {node.output[0]: owner.get(node.name, "") for node in model.graph.node}
    grids = _grids(calibration, plan, lambda tensor: makers.get(tensor, ""))
    bits = weight_bits or exact_weight_bits()
    made = quantized_model(model, plan, grids, bits)
    for described in (*made.graph.input, *made.graph.output):
        if batch is not None:
            described.type.tensor_type.shape.dim[0].dim_value = batch
    layers: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for node in model.graph.node:
        if node.op_type in PRODUCTS:
            layers[node.name in plan.integer][owner[node.name]] = None
    return QuantizedModel(made.SerializeToString(), tuple(layers[True]), tuple(layers[False]), bits)


def _matched(calibration: Calibration, patterns: Collection[str]) -> frozenset[str]:
    """The layers that patterns name, those that now compute what they did included."""
    found: set[str] = set()
    paths = {node.path for node in calibration.graph.nodes} | calibration.stands_for.keys()
    for text in patterns:
        part = path_pattern(text)
        members = {path for path in paths if part.fullmatch(path)}
        if not members:
            raise spec_error(
                "E0825",
                f"`{sanitize(calibration.graph.name)}` has no layer `{sanitize(text)}`",
                f"--keep-float {text}",
                *did_you_mean(text, {part for path in paths for part in _parts(path)}),
            )
        found |= members
    return frozenset(found | {calibration.stands_for.get(path, path) for path in found})


def _parts(path: str) -> list[str]:
    """A path and those of the parts around it."""
    elements = path.split("/")
    return ["/".join(elements[: count + 1]) for count in range(len(elements))]


def _grids(
    calibration: Calibration, plan: Plan, owner_of: Callable[[str], str]
) -> Mapping[str, Grid]:
    """One grid for each group: over all that its tensors were seen to hold."""
    united: dict[str, Range] = {}
    for tensor in plan.measured:
        group, found = plan.groups[tensor], calibration.ranges[tensor]
        if not math.isfinite(found.high - found.low):
            raise _not_finite(calibration.graph.name, owner_of(tensor))
        united[group] = united[group].united(found) if group in united else found
    return {group: grid_of(found) for group, found in united.items()}


def _not_finite(network: str, layer: str) -> SpecError:
    what = f"layer `{sanitize(layer)}`" if layer else "a picture"
    return spec_error(
        "E0832",
        f"{what} has numbers that are infinite or none: `{sanitize(network)}` has no range there",
        "--precision int8",
        "look at the pictures and the weights: in float32 the outputs are wrong, too",
    )


def noise(graph: Graph, count: int = 8, seed: int = 0) -> Array:
    """Pictures of noise, for when there are no others: evenly over what the network reads.

    Sides that are open are 299 pixels long.
    """
    low, high = graph.value_range or (-1.0, 1.0)
    sides = [299 if side is None else side for side in graph.nodes[0].shape]
    drawn = np.random.default_rng(seed).uniform(low, high, (count, *sides))
    return drawn.astype(np.float32)
