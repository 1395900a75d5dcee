"""Inception networks as declarative specs: checked, costed, drawn, built and benchmarked."""

from __future__ import annotations

from inceptionspec._version import __version__

#: Type checkers take it for true; `typing` takes longer to import than all that stands here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from inceptionspec.analysis.part import Part
    from inceptionspec.api.evaluation import evaluate
    from inceptionspec.api.imports import ImportedModel, from_keras, import_model
    from inceptionspec.api.load import builtin_specs, load, loads
    from inceptionspec.api.network import MovedNetwork, Network
    from inceptionspec.api.sweep import run_sweep
    from inceptionspec.api.training import resume, train
    from inceptionspec.api.verify import verify
    from inceptionspec.bench.layer_times.network_times import NetworkTimes
    from inceptionspec.diagnostics.diagnostic import (
        ContractError,
        LimitError,
        MissingPackageError,
        ShapeError,
        SpecError,
        SpecReferenceError,
        SpecSyntaxError,
        UsageError,
        WeightsError,
    )
    from inceptionspec.diagnostics.limits import Limits
    from inceptionspec.reports.results import (
        CheckResult,
        EvaluationResult,
        ExportedFile,
        NetworkDifference,
        NetworkSummary,
        OptimizedNetwork,
        PredictionResult,
        VerifiedFile,
    )
    from inceptionspec.sweep.records import Swept
    from inceptionspec.training.train import TrainingResult

__all__ = [
    "CheckResult",
    "ContractError",
    "EvaluationResult",
    "ExportedFile",
    "ImportedModel",
    "LimitError",
    "Limits",
    "MissingPackageError",
    "MovedNetwork",
    "Network",
    "NetworkDifference",
    "NetworkSummary",
    "NetworkTimes",
    "OptimizedNetwork",
    "Part",
    "PredictionResult",
    "ShapeError",
    "SpecError",
    "SpecReferenceError",
    "SpecSyntaxError",
    "Swept",
    "TrainingResult",
    "UsageError",
    "VerifiedFile",
    "WeightsError",
    "__version__",
    "builtin_specs",
    "evaluate",
    "from_keras",
    "import_model",
    "load",
    "loads",
    "resume",
    "run_sweep",
    "train",
    "verify",
]

_ERRORS = "inceptionspec.diagnostics.diagnostic"
_RESULTS = "inceptionspec.reports.results"
# Where the public names live. They are looked up on first use, so that a command that
# needs one part does not import the others.
_HOMES = {
    "CheckResult": _RESULTS,
    "ContractError": _ERRORS,
    "ExportedFile": _RESULTS,
    "ImportedModel": "inceptionspec.api.imports",
    "LimitError": _ERRORS,
    "EvaluationResult": _RESULTS,
    "Limits": "inceptionspec.diagnostics.limits",
    "MissingPackageError": _ERRORS,
    "MovedNetwork": "inceptionspec.api.network",
    "Network": "inceptionspec.api.network",
    "NetworkDifference": _RESULTS,
    "NetworkSummary": _RESULTS,
    "NetworkTimes": "inceptionspec.bench.layer_times.network_times",
    "OptimizedNetwork": _RESULTS,
    "Part": "inceptionspec.analysis.part",
    "PredictionResult": _RESULTS,
    "ShapeError": _ERRORS,
    "SpecError": _ERRORS,
    "SpecReferenceError": _ERRORS,
    "SpecSyntaxError": _ERRORS,
    "Swept": "inceptionspec.sweep.records",
    "TrainingResult": "inceptionspec.training.train",
    "UsageError": _ERRORS,
    "VerifiedFile": _RESULTS,
    "WeightsError": _ERRORS,
    "builtin_specs": "inceptionspec.api.load",
    "evaluate": "inceptionspec.api.evaluation",
    "from_keras": "inceptionspec.api.imports",
    "import_model": "inceptionspec.api.imports",
    "load": "inceptionspec.api.load",
    "loads": "inceptionspec.api.load",
    "resume": "inceptionspec.api.training",
    "run_sweep": "inceptionspec.api.sweep",
    "train": "inceptionspec.api.training",
    "verify": "inceptionspec.api.verify",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
