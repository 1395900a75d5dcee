"""Networks, runs and exported files on labeled pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.api.arguments import refuse_other, several, warn
from inceptionspec.api.evaluate_opened import evaluate_opened
from inceptionspec.api.load import load
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.optional_packages import needs_packages
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.load import LoadedSpec

if TYPE_CHECKING:
    from inceptionspec.reports.results import EvaluationResult


@needs_packages
def evaluate(
    *networks: str | os.PathLike[str],
    data: str | tuple[Any, Any] | None = None,
    weights: str | Sequence[str] = (),
    labels: str | Sequence[str] | None = None,
    crops: Literal[1, 10, 144] = 1,
    batch: int = 32,
) -> EvaluationResult:
    """How good networks are on labeled pictures, each alone and the mean of their probabilities.

    Args:
        networks: folders of runs, of which one with members is their ensemble; exported files;
            specs.
        data: as `Network.evaluate` takes it; by default that which the first run was validated
            with.
        weights: of the specs, in their order, or several of the only one.
        labels: as for `Network.evaluate`.
        crops: as there.
        batch: as there.

    Raises:
        SpecError: as there; or a run is not finished, or weights are missing.

    >>> import numpy
    >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
    >>> exported = network.export("v1.onnx")
    >>> black = numpy.zeros((2, 300, 400, 3), "uint8")
    >>> inceptionspec.evaluate("v1.onnx", data=(black, [0, 1]))
    <EvaluationResult of InceptionV1: top-1 50.00% of 2 pictures>
    """
    from inceptionspec.training.evaluation.networks import open_networks
    from inceptionspec.weights import WeightOptions

    refuse_other("crops", str(crops), ("1", "10", "144"))
    references = [os.fspath(network) for network in networks]
    if not references:
        help_ = "name a run, a file or a spec"
        raise spec_error("E0810", "no network is named", external("evaluate()"), help_)
    place = external(f"evaluate: {shortened(', '.join(references), 80)}")

    def read(spec: str) -> LoadedSpec:
        return load(spec).loaded

    options = WeightOptions()
    opened, runs = open_networks(references, several(weights), read, options, place, warn)
    if data is None and not runs:
        raise spec_error("E0810", "`data` is missing", place, "name labeled pictures: `data=...`")
    chosen = runs[0].data if data is None else data
    return evaluate_opened(opened, runs, chosen, labels, crops, batch)
