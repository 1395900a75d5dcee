"""A network below float32: the file of integers where it needs one, and what that costs.

The cost is measured on pictures, or on noise: the network runs them in float32 and in the lower
precision, both by the engine that is asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from inceptionspec.backends.engines import FLOAT32, INT8
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.engines.compile import compile_network
from inceptionspec.engines.compiled import Values
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.pictures.calibration import calibration_inputs
from inceptionspec.quantization.calibration import layers_of
from inceptionspec.quantization.deviation import (
    LayerErrors,
    LayerShare,
    deviation,
    layer_shares,
)
from inceptionspec.quantization.lowering import AUTO, Lowering
from inceptionspec.quantization.quantize import (
    Calibration,
    QuantizedModel,
    calibrate,
    noise,
    quantize,
)
from inceptionspec.quantization.search import quantize_within

#: A NumPy array.
Array = Any
MOST_DEVIATION, MOST_AGREEMENT = 2e-2, 0.99
"""What layers stay in float32 for where they are found by bisection: the largest error of a logit,
of the largest logit, and the share of pictures that keep their class."""
LEAST_AGREEMENT = 0.5
"""A network with weights of its own that keeps fewer classes is refused."""
_NAMED = 5
"""The layers that are named, of those that contribute most."""
_NOISE = 8
_TRACED = 2
"""Pictures by which layers are compared: every number of every layer is in memory."""


class Lowered:
    """A network below float32: its file of integers, and what the precision costs.

    What takes time is done once, when it is first asked for.
    """

    def __init__(
        self, loaded: LoadedSpec, values: Values, outputs: Any, asked: Lowering, place: Span
    ) -> None:
        """Take what is lowered.

        Args:
            loaded: the network.
            values: the weights that the outputs depend on, by path and name.
            outputs: what will be run of it, as ``traversal.resolve_outputs`` takes them.
            asked: the precision, and what shows its cost.
            place: what findings show.
        """
        self._loaded, self._values, self._outputs = loaded, values, outputs
        self._asked, self._place = asked, place
        graph, ends = loaded.graph, resolve_outputs(loaded.graph, outputs)
        compared = _compared(graph, ends)
        self._path = graph.nodes[compared].path
        self._yielded = compared in ends.values()
        # What it is called in the file of integers, too.
        names = {index: name for name, index in ends.items()}
        self._name = names.get(compared) or self._path

    @cached_property
    def _inputs(self) -> Array:
        if self._asked.calibrate is None:
            return noise(self._loaded.graph, _NOISE)
        return calibration_inputs(self._loaded, self._asked.calibrate, self._place)

    @cached_property
    def _calibration(self) -> Calibration:
        """Of a network that also yields what is compared."""
        graph = self._loaded.graph
        ends = resolve_outputs(graph, self._outputs)
        outputs = self._outputs
        if not self._yielded:
            outputs = [*(name or graph.nodes[index].path for name, index in ends.items())]
            outputs.append(self._path)
        return calibrate(graph, self._values, outputs, self._inputs)

    def quantized(self, batch: int | None) -> bytes | None:
        """The ONNX model in integers; None for another precision.

        Args:
            batch: the number of images that it takes; open unless given.

        Raises:
            SpecError: there is no picture (E0824), a pattern matches no layer (E0825), or no layer
                can compute in integers (E0827).
        """
        found = self._quantized(batch)
        return None if found is None else found.onnx

    def exported(self, batch: int | None) -> bytes:
        """The ONNX model in integers with no other outputs than those that are asked for."""
        found = self._calibration
        if not self._yielded:
            found = calibrate(self._loaded.graph, self._values, self._outputs, self._inputs)
        return self._in_integers(found, batch).onnx

    def _quantized(self, batch: int | None) -> QuantizedModel | None:
        if self._asked.precision != INT8:
            return None
        return self._in_integers(self._calibration, batch)

    def _in_integers(self, calibration: Calibration, batch: int | None) -> QuantizedModel:
        found = quantize(calibration, batch=batch, keep_float=self._kept)
        if not found.int8:
            raise spec_error(
                "E0827",
                f"`{sanitize(self._loaded.name)}` has no layer that can compute in int8",
                self._place,
                *(("keep fewer layers in float32",) if self._asked.keep_float else ()),
                "compute in float32",
                notes=(
                    "layers without weights stay in float32, and convolutions that yield an output",
                ),
            )
        return found

    @cached_property
    def _kept(self) -> tuple[str, ...]:
        """The layers that stay in float32: those that are named, or found by bisection."""
        named = tuple(part for part in self._asked.keep_float if part != AUTO)
        if len(named) == len(self._asked.keep_float):
            return named
        found = quantize_within(
            self._calibration,
            self._inputs,
            self._name,
            largest=MOST_DEVIATION,
            agreement=MOST_AGREEMENT,
            keep_float=named,
        )
        return found.model.kept

    def cost(self, engine: str, *, trained: bool = True) -> PrecisionCost:
        """What the precision costs: the engine computes the pictures in it, and in float32.

        Args:
            engine: a name of ``ENGINES``.
            trained: whether the weights are the network's own, so that answers mean something.

        Raises:
            SpecError: as for ``quantized``; most pictures get another class (E0826); or the
                runtime computes in another precision (E0827).
        """
        asked, inputs = self._asked, self._inputs
        single = self._quantized(1)
        measured = deviation(
            self._computed(engine, FLOAT32, None), self._computed(engine, asked.precision, single)
        )
        if single is None:
            layers = self._float_shares(engine, inputs[:_TRACED])
        else:
            layers = self._integer_shares(single, inputs[:_TRACED])
        cost = PrecisionCost(
            asked.precision,
            engine,
            _shown(asked.calibrate),
            **dataclasses.asdict(measured),
            layers={layer.path: layer.share for layer in layers},
            kept=() if single is None else single.kept,
            trained=trained,
        )
        if trained and measured.agreement < LEAST_AGREEMENT and not asked.any_deviation:
            raise self._destroyed(cost)
        return cost

    def _computed(self, engine: str, precision: str, quantized: QuantizedModel | None) -> Array:
        """What the compared layer yields, picture by picture."""
        name, inputs = self._name, self._inputs
        network = compile_network(
            self._loaded.graph,
            self._values,
            name,
            engine,
            batch=1,
            precision=precision,
            quantized=None if quantized is None else quantized.onnx,
        )
        return np.concatenate([network(inputs[at : at + 1])[name] for at in range(len(inputs))])

    def _float_shares(self, engine: str, inputs: Array) -> tuple[LayerShare, ...]:
        """The layers that contribute most, as the engine yields them all."""
        graph, values = self._loaded.graph, self._values
        needed = ancestors(graph.nodes, [graph.names[self._path]])
        paths = [graph.nodes[index].path for index in needed if index]

        def layers(precision: str) -> Mapping[str, Array]:
            return compile_network(
                graph, values, paths, engine, batch=len(inputs), precision=precision
            )(inputs)

        return layer_shares(graph, layers(FLOAT32), layers(self._asked.precision), _NAMED)

    def _integer_shares(self, quantized: QuantizedModel, inputs: Array) -> tuple[LayerShare, ...]:
        """The same of files, whose layers are those that rewriting left."""
        graph = self._calibration.graph
        needed = ancestors(graph.nodes, [graph.names[self._path]])
        paths = [graph.nodes[index].path for index in needed]
        errors = LayerErrors()
        exact, found = (
            layers_of(content, paths, inputs)
            for content in (self._calibration.model, quantized.onnx)
        )
        for pair in zip(exact, found, strict=True):
            errors.add(*pair)
        return errors.shares(graph, _NAMED)

    def _destroyed(self, cost: PrecisionCost) -> SpecError:
        layers = [f"--keep-float {path}" for path in list(cost.layers)[:2]]
        in_float = f"keep layers in float32, as `{' '.join(layers)}`"
        shown = "it was shown noise: name a folder of pictures, `--calibrate DIR`"
        return spec_error(
            "E0826",
            f"`{sanitize(self._loaded.name)}` in {cost.precision} gives "
            f"{1 - cost.agreement:.0%} of {cost.source} another class than in float32",
            self._place,
            in_float if cost.precision == INT8 else "compute in float32",
            "take it all the same: `--any-deviation`, or `any_deviation=True` in Python",
            notes=() if cost.folder else (shown,),
        )


def _shown(pictures: Any) -> str:
    """Where pictures come from: empty for noise."""
    if pictures is None:
        return ""
    return sanitize(pictures) if isinstance(pictures, str) else "memory"


def _compared(graph: Graph, ends: Mapping[str, int]) -> int:
    """The node that is compared: the logits of the main head, or of the first output."""
    logits = {head.predictions: head.output for head in graph.heads}
    found = [logits.get(index, index) for index in ends.values()]
    main = graph.head(graph.main).output if graph.heads else None
    return main if main in found else found[0]
