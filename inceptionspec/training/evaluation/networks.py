"""From what a user names to networks: runs, exported files, and specs with their weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.prediction.exported import exported_format, exported_network
from inceptionspec.prediction.from_spec import SpecNetwork, Tell
from inceptionspec.prediction.model import Network
from inceptionspec.quantization.lowering import IN_FLOAT32, Lowering
from inceptionspec.training.evaluation.finished import FinishedRun, finished_runs
from inceptionspec.weights.options import WeightOptions


def open_networks(
    references: Sequence[str],
    weights: Sequence[str],
    load: Callable[[str], LoadedSpec],
    options: WeightOptions,
    place: Span,
    tell: Tell,
    lowering: Lowering = IN_FLOAT32,
) -> tuple[list[Network], list[FinishedRun]]:
    """The networks that are named, and the runs among them. No weights are read yet.

    Args:
        references: folders of runs, exported files, specs.
        weights: of the specs, in their order, or all of the only one.
        load: reads a spec.
        options: how files of weights are read.
        place: where findings point.
        tell: is told what reading weights makes noteworthy, and what a precision costs.
        lowering: what specs and runs compute in; exported files compute as they do.

    Raises:
        SpecError: there are too many or too few weights (E0810), a run is not finished (E0917), or
            something cannot be read.
    """
    runs_of = {reference: finished_runs(reference, place) for reference in references}
    specs = [one for one in references if not runs_of[one] and not exported_format(one)]
    for reference in specs:
        if os.path.isdir(reference):
            raise spec_error(
                "E0802",
                f"`{short_path(reference)}` is not the folder of a run",
                place,
                "name the folder that `specbuild train --out` made, or an exported file",
            )
    files = iter(_shares(specs, weights, place))
    networks: list[Network] = []
    runs: list[FinishedRun] = []
    for reference in references:
        if runs_of[reference]:
            runs += runs_of[reference]
            for run in runs_of[reference]:
                networks.append(_of_run(run, run.load(), options, place, tell, lowering))
        elif exported_format(reference):
            networks.append(exported_network(reference, place, tell))
        else:
            for file in next(files):
                found = list(with_weights(load(reference), file, options, place, tell, lowering))
                networks += [network for network, _ in found]
                runs += [run for _, run in found if run is not None]
    return networks, runs


def with_weights(
    loaded: LoadedSpec,
    file: str,
    options: WeightOptions,
    place: Span,
    tell: Tell,
    lowering: Lowering = IN_FLOAT32,
) -> Iterator[tuple[Network, FinishedRun | None]]:
    """A spec with a file of weights; with those of a run, or of each member of one."""
    runs = finished_runs(file, place)
    for run in runs:
        yield _of_run(run, loaded, options, place, tell, lowering), run
    if not runs:
        yield SpecNetwork(loaded, file, place, options, tell=tell, lowering=lowering), None


def _of_run(
    run: FinishedRun,
    loaded: LoadedSpec,
    options: WeightOptions,
    place: Span,
    tell: Tell,
    lowering: Lowering,
) -> Network:
    network = SpecNetwork(loaded, run.weights, place, options, tell=tell, lowering=lowering)
    network.labels = run.labels
    return network


def _shares(specs: Sequence[str], weights: Sequence[str], place: Span) -> list[Sequence[str]]:
    """The files of weights of each spec."""
    if weights and not specs:
        raise spec_error(
            "E0810", "the networks have their weights inside", place, "leave out `--weights`"
        )
    if len(specs) == 1 and weights:
        return [weights]
    if len(specs) != len(weights):
        has = f"{len(weights)} {'is' if len(weights) == 1 else 'are'}" if weights else "none is"
        raise spec_error(
            "E0810",
            f"each of {len(specs)} specs needs a file of weights, and {has} named"
            if len(specs) > 1
            else f"`{short_path(specs[0])}` needs a file of weights",
            place,
            "write `--weights FILE` for each SPEC, in their order",
        )
    return [(file,) for file in weights]
