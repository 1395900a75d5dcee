"""Errors that a framework raises while it builds or runs a network, as findings."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from importlib import metadata
from types import MappingProxyType

from inceptionspec.bench.machine.environment import onednn_is_on
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.workers.protocol import WHILE
from inceptionspec.diagnostics.diagnostic import Diagnostic, finding
from inceptionspec.diagnostics.sanitize import shortened

#: The packages whose errors are theirs, and what they are called.
_FRAMEWORKS: Mapping[str, str] = MappingProxyType(
    {
        "ai_edge_litert": "LiteRT",
        "keras": "Keras",
        "onnx": "ONNX",
        "onnxruntime": "ONNX Runtime",
        "openvino": "OpenVINO",
        "tensorflow": "TensorFlow",
    }
)
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_WHERE = re.compile(r"Graph execution error:|Detected at node|  File \"|\s*\[\[|Exception enc")
"""How the lines of a message begin that say where, not what."""
_MAX_REASON = 300
_KERNEL_FAULTS = ("AbortedError", "UnimplementedError")
"""What oneDNN's kernels raise for what they cannot compute; TensorFlow's own often can."""


def framework_fault(error: Exception, doing: str, job: Job) -> Diagnostic | None:
    """The finding for an error that a framework raised; None for one of our own.

    Args:
        error: what was raised.
        doing: the request that was being answered.
        job: what the worker was asked to make ready.
    """
    if isinstance(error, MemoryError):
        return finding(
            "E0707",
            f"the benchmark's worker process ran out of memory {WHILE[doing]}",
            f"--batch {job.batch}",
            "use a smaller `--batch` or `--input`",
        )
    package = _package(error)
    if package is None:
        return None
    reason = _reason(error)
    return finding(
        "E0707",
        f"{_FRAMEWORKS[package]} failed {WHILE[doing]}: {reason}",
        _place(job),
        *(("run TensorFlow's own kernels: `--onednn off`",) if _by_onednn(error) else ()),
        label=f"raised by {package} {metadata.version(package.replace('_', '-'))}",
        notes=(f"the error is {type(error).__name__}",),
    )


def _package(error: Exception) -> str | None:
    """The framework that an error's class belongs to, or else the code that raised it."""
    modules = [type(error).__module__]
    frames = list(traceback.walk_tb(error.__traceback__))
    if frames:
        modules.append(str(frames[-1][0].f_globals.get("__name__", "")))
    packages = (module.partition(".")[0] for module in modules)
    return next((package for package in packages if package in _FRAMEWORKS), None)


def _reason(error: Exception) -> str:
    """What is wrong, in one line, without the stack that frameworks put into their messages."""
    lines = _COLORS.sub("", str(error)).splitlines()
    reasons = [line.strip() for line in lines if line.strip() and not _WHERE.match(line)]
    return shortened(reasons[0] if reasons else type(error).__name__, _MAX_REASON)


def _by_onednn(error: Exception) -> bool:
    return type(error).__name__ in _KERNEL_FAULTS and bool(onednn_is_on())


def _place(job: Job) -> str:
    """The option that chose what was run."""
    if job.side == "keras":
        return f"--compare keras:{job.application}"
    return f"--engine {job.engine}"
