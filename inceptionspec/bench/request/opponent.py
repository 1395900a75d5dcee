"""The other side of a comparison, as `--compare` names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from inceptionspec.bench.request.applications import refuse_name
from inceptionspec.bench.request.job import Job, packed
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import PLAIN, BenchRequest
from inceptionspec.bench.request.target import Target
from inceptionspec.diagnostics.diagnostic import Label, spec_error
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec

KERAS = "keras:"
ONNXRUNTIME = "onnxruntime"
_INFERENCE = ("forward", "predict")


@dataclass(frozen=True, slots=True)
class Opponent:
    """The other side.

    Attributes:
        name: as it was asked for.
        network: what it runs, or is held against; of ``keras:NAME`` ours.
        plan: its mode, batch and switches.
        target: what of the network it runs.
        job: what its worker is asked for.
        same: whether it runs our network by its digest; None where only a look at the
            model can tell.
    """

    name: str
    network: LoadedSpec
    request: BenchRequest
    target: Target
    job: Job
    same: bool | None


def opponent_request(
    name: str, request: BenchRequest, engine: str | None, onednn: bool | None
) -> BenchRequest:
    """The other side's plan: ours for a spec, and as installed for what is not ours.

    Args:
        engine: of a spec; ours unless given.
        onednn: ours unless given for a spec, else what the environment says.
    """
    foreign = name.startswith(KERAS) or name == ONNXRUNTIME
    if foreign:
        return dataclasses.replace(request, engine=PLAIN, onednn=onednn)
    return dataclasses.replace(
        request,
        engine=engine or request.engine,
        onednn=request.onednn if onednn is None else onednn,
    )


def opponent(
    name: str, loaded: LoadedSpec, request: BenchRequest, load: Callable[[str], LoadedSpec]
) -> Opponent:
    """The side that a name stands for.

    Args:
        name: ``keras:NAME``, ``onnxruntime``, or a reference to a spec.
        network: ours.
        plan: as for ours, but with the switches of the other side.
        load: reads a spec by its reference.

    Raises:
        SpecError: there is no such model, the spec has findings, or the side cannot run
            the mode.
    """
    chosen = request.target(loaded)
    job = request.job(loaded, same_weights=True)
    if name.startswith(KERAS):
        application = name.removeprefix(KERAS)
        refuse_name(application)
        _refuse_mode(name, request.mode, tuple(one for one in MODES if MODES[one].tensorflow))
        job = dataclasses.replace(job, side="keras", application=application)
        return Opponent(name, loaded, request, chosen, job, None)
    if name == ONNXRUNTIME:
        _refuse_mode(name, request.mode, _INFERENCE)
        _refuse_missing()
        job = dataclasses.replace(job, side="onnxruntime")
        return Opponent(name, loaded, request, chosen, job, True)
    other = load(name)
    chosen = request.target(other)
    same = other.digests["network"] == loaded.digests["network"]
    weights = request.weights if same else None  # a checkpoint is of one network
    job = dataclasses.replace(job, network=packed(other), weights=weights)
    return Opponent(name, other, request, chosen, job, same)


def _refuse_missing() -> None:
    """Say before anything is started that ONNX Runtime is not there."""
    with packages("onnx", "onnxruntime", extra="onnxruntime", use="the comparison needs it"):
        for name in ("onnx", "onnxruntime"):
            if find_spec(name) is None:
                raise ModuleNotFoundError(name=name)


def _refuse_mode(name: str, mode: str, modes: tuple[str, ...]) -> None:
    if mode not in modes:
        message = f"`{name}` cannot run the mode `{mode}`"
        place = Label(external(f"--compare {name}"))
        helps = (f"it runs {listed(modes)}",)
        raise spec_error("E0805", message, place, *helps)
