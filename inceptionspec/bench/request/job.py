"""What a worker process is asked to make ready: one side of a benchmark, as plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["spec", "keras", "onnxruntime"]


@dataclass(frozen=True, slots=True)
class Job:
    """One side of a benchmark.

    Attributes:
        side: whose code runs: ours of a spec, a model of ``keras.applications``, or ONNX
            Runtime with the network of a spec.
        network: ``packed.packed`` of the network; of ``keras`` the one it is held against,
            which gives the input's size and range.
        mode: a name of ``modes.MODES``.
        head: as ``target.target`` takes it.
        batch: images in a step.
        engine: a name of ``engines.ENGINES``.
        threads: of one operator, and operators side by side; None for the library's choice.
        same_weights: whether the weights are ``data.weights``, so that sides agree; else
            they are those that the spec starts from.
        weights: a TF-Slim checkpoint that the weights are read from instead.
        application: the name in ``keras.applications``; empty elsewhere.
    """

    side: Side
    network: Mapping[str, Any]
    mode: str
    head: str | None
    batch: int
    engine: str
    threads: int | None = None
    same_weights: bool = False
    weights: str | None = None
    application: str = ""

    def data(self) -> dict[str, Any]:
        """The job as JSON takes it."""
        return dataclasses.asdict(self)
