"""The other side of a comparison, as `--compare` names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from inceptionspec.backends.applications import check_application
from inceptionspec.backends.engines import ENGINES, FLOAT32
from inceptionspec.bench.request.job import Job, serialize_spec
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import (
    DEFAULT_ENGINE,
    BenchRequest,
    check_engine,
    no_engine,
)
from inceptionspec.bench.request.target import Target
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.suggest import closest, listed
from inceptionspec.frontend.load import LoadedSpec

KERAS = "keras:"


@dataclass(frozen=True, slots=True)
class Opponent:
    """The other side.

    Attributes:
        name: as it was asked for.
        network: what it runs, or is compared with; for ``keras:NAME`` ours.
        request: its mode, batch and switches.
        target: what of the network it runs.
        job: what its worker is asked to make ready.
        same: whether it runs our network, by its digest; None where only the model itself
            can show that.
    """

    name: str
    network: LoadedSpec
    request: BenchRequest
    target: Target
    job: Job
    same: bool | None


def opponent_request(name: str, request: BenchRequest, onednn: bool | None) -> BenchRequest:
    """The other side's request: ours but for the engine, or as Keras is installed.

    Another network computes as ours does, another engine and Keras in float32.

    Args:
        name: as ``opponent`` takes it.
        request: ours.
        onednn: ours unless given; against ``keras:NAME`` what the environment says.
    """
    if name.startswith(KERAS):
        return dataclasses.replace(_in_float32(request), engine=DEFAULT_ENGINE, onednn=onednn)
    return dataclasses.replace(
        _in_float32(request) if name in ENGINES else request,
        engine=name if name in ENGINES else request.engine,
        onednn=request.onednn if onednn is None else onednn,
    )


def _in_float32(request: BenchRequest) -> BenchRequest:
    return dataclasses.replace(
        request, precision=FLOAT32, calibrate=None, keep_float=(), any_deviation=False
    )


def opponent(
    name: str, loaded: LoadedSpec, request: BenchRequest, load: Callable[[str], LoadedSpec]
) -> Opponent:
    """The side that a name stands for.

    Args:
        name: ``keras:NAME``, an engine for our own network, or a reference to a spec.
        loaded: our network.
        request: the other side's, from ``opponent_request``.
        load: reads a spec by its reference.

    Raises:
        SpecError: there is no such model (E0806), the spec has findings, the side cannot run
            the mode (E0805), or the engine cannot run here (E0820, E0821).
    """
    chosen = request.target(loaded)
    job = request.job(loaded, same_weights=True)
    if name.startswith(KERAS):
        application = name.removeprefix(KERAS)
        check_application(application, f"--compare {name}")
        _check_mode(name, request.mode, tuple(mode for mode in MODES if MODES[mode].tensorflow))
        job = dataclasses.replace(job, side="keras", application=application)
        return Opponent(name, loaded, request, chosen, job, None)
    if name in ENGINES:
        if not MODES[request.mode].batched:
            raise no_engine(request.mode, f"--compare {name}")
        check_engine(request, f"--compare {name}")
        return Opponent(name, loaded, request, chosen, job, True)
    try:
        other = load(name)
    except SpecError as error:
        raise _perhaps_an_engine(error, name) from None
    chosen = request.target(other)
    same = other.digests["network"] == loaded.digests["network"]
    weights = request.weights if same else None  # a checkpoint belongs to one network
    job = dataclasses.replace(job, network=serialize_spec(other), weights=weights)
    return Opponent(name, other, request, chosen, job, same)


def _perhaps_an_engine(error: SpecError, name: str) -> SpecError:
    """The error of a name that is no spec, with the engine that is meant, if one is near."""
    near = closest(name, ENGINES)
    if not near or any(found.code != "E0801" for found in error.findings):
        return error
    help_ = f"did you mean the engine `{near}`?"
    return SpecError([dataclasses.replace(f, helps=(help_, *f.helps)) for f in error.findings])


def _check_mode(name: str, mode: str, modes: tuple[str, ...]) -> None:
    if mode not in modes:
        message = f"`{name}` cannot run the mode `{mode}`"
        raise spec_error("E0805", message, f"--compare {name}", f"it runs {listed(modes)}")
