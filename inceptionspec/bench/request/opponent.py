"""The other side of a comparison, as `--compare` names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from inceptionspec.bench.request.applications import check_application
from inceptionspec.bench.request.job import Job, serialize_spec
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import DEFAULT_ENGINE, BenchRequest
from inceptionspec.bench.request.target import Target
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.optional_packages import packages
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


def opponent_request(
    name: str, request: BenchRequest, engine: str | None, onednn: bool | None
) -> BenchRequest:
    """The other side's request: ours for a spec, the installed defaults for other libraries.

    Args:
        name: as ``opponent`` takes it.
        request: ours.
        engine: of a spec; ours unless given.
        onednn: ours unless given for a spec, otherwise what the environment says.
    """
    if name.startswith(KERAS) or name == ONNXRUNTIME:
        return dataclasses.replace(request, engine=DEFAULT_ENGINE, onednn=onednn)
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
        loaded: our network.
        request: the other side's, from ``opponent_request``.
        load: reads a spec by its reference.

    Raises:
        SpecError: there is no such model (E0806), the spec has findings, the side cannot run
            the mode (E0805), or a package is not installed (E0704).
    """
    chosen = request.target(loaded)
    job = request.job(loaded, same_weights=True)
    if name.startswith(KERAS):
        application = name.removeprefix(KERAS)
        check_application(application)
        _check_mode(name, request.mode, tuple(mode for mode in MODES if MODES[mode].tensorflow))
        job = dataclasses.replace(job, side="keras", application=application)
        return Opponent(name, loaded, request, chosen, job, None)
    if name == ONNXRUNTIME:
        _check_mode(name, request.mode, _INFERENCE)
        _check_installed()
        job = dataclasses.replace(job, side="onnxruntime")
        return Opponent(name, loaded, request, chosen, job, True)
    other = load(name)
    chosen = request.target(other)
    same = other.digests["network"] == loaded.digests["network"]
    weights = request.weights if same else None  # a checkpoint belongs to one network
    job = dataclasses.replace(job, network=serialize_spec(other), weights=weights)
    return Opponent(name, other, request, chosen, job, same)


def _check_installed() -> None:
    """Check before anything starts that ONNX Runtime is installed."""
    with packages("onnx", "onnxruntime", extra="onnxruntime", use="the comparison needs it"):
        for name in ("onnx", "onnxruntime"):
            if find_spec(name) is None:
                raise ModuleNotFoundError(name=name)


def _check_mode(name: str, mode: str, modes: tuple[str, ...]) -> None:
    if mode not in modes:
        message = f"`{name}` cannot run the mode `{mode}`"
        raise spec_error("E0805", message, f"--compare {name}", f"it runs {listed(modes)}")
