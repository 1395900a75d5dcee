"""What tuning found on this machine, kept in the user's cache folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.environment import version
from inceptionspec.bench.records.cache_file import CacheFile
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.request.target import ALL
from inceptionspec.bench.tune import Tuned
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.gpus import nvidia_gpus

SCHEMA = "inceptionspec.tuned/2"
FILE = "tuned.json"
INFERENCE = "inference"
_PACKAGES = ("tensorflow", "keras", "onnxruntime", "openvino", "ai-edge-litert")
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine that was measured for one network on one machine.

    Attributes:
        engine: a name of ``ENGINES``.
        onednn: whether TensorFlow's oneDNN kernels were on; None where TensorFlow did not compute.
        ratio: the time of the baseline over its own.
        low: where the 95 % interval of that ends.
        high: where it ends above.
        baseline: what it was compared with.
        when: the day of the measurement.
    """

    engine: str
    onednn: bool | None
    ratio: float
    low: float
    high: float
    baseline: str
    when: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """The choices for a key, the fastest first; the note says what is wrong with the file."""

    choices: tuple[Choice, ...]
    note: str = ""


def cache_key(loaded: LoadedSpec, request: BenchRequest) -> dict[str, Any]:
    """What a choice depends on: machine, versions, network, and what is run of it.

    Forward passes and predictions count as one mode. Whether heads next to the main one are run
    changes no choice.
    """
    whole = request.head in (None, ALL, loaded.graph.main)
    return {
        "batch": request.batch,
        "cores": cpu.logical_cores(),
        "cpu": cpu.model_name(),
        "gpus": list(nvidia_gpus()),
        "head": None if whole else request.head,
        "mode": request.mode if MODES[request.mode].trains else INFERENCE,
        "network": loaded.digests["network"],
        "keep_float": list(request.keep_float),
        "precision": request.precision,
        "threads": request.threads,
        "versions": {"inceptionspec": __version__} | {name: version(name) for name in _PACKAGES},
    }


def cache_file() -> Path:
    """Where choices are kept: the user's cache folder, which each system has elsewhere."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "inceptionspec" / FILE


def look_up(key: dict[str, Any], file: Path) -> Lookup:
    """The choices for a key. A broken file holds no choices, and the note says so."""
    entries, note = _FILE.read(file)
    for entry in entries:
        if entry["key"] == key:
            choices = (Choice(**choice) for choice in entry["choices"])
            return Lookup(tuple(one for one in choices if one.engine in ENGINES), note)
    return Lookup((), note)


def store(key: dict[str, Any], tuned: Tuned, file: Path) -> str:
    """Keep what was measured, in place of earlier choices for the same key.

    Returns:
        what was wrong with the file before, if anything was; then it is replaced.

    Raises:
        SpecError: the folder or the file cannot be written (E0803).
    """
    today = datetime.now().astimezone().date().isoformat()
    choices = [
        Choice(
            trial.candidate.engine,
            trial.onednn,
            round(trial.ratio.value, 4),
            round(trial.ratio.low, 4),
            round(trial.ratio.high, 4),
            str(tuned.baseline),
            today,
        )
        for trial in tuned.ranked
        if trial.ratio is not None
    ]
    entry = {"key": key, "choices": [asdict(choice) for choice in choices]}
    earlier, note = _FILE.read(file)
    entries = [entry, *(other for other in earlier if other["key"] != key)]
    _FILE.write(file, entries)
    return note


def _is_entry(entry: Any) -> bool:
    choices = entry.get("choices") if isinstance(entry, dict) else None
    return (
        isinstance(choices, list)
        and isinstance(entry.get("key"), dict)
        and all(map(_is_choice, choices))
    )


def _is_choice(choice: Any) -> bool:
    return (
        isinstance(choice, dict)
        and choice.keys() == _TYPES.keys()
        and all(isinstance(choice[name], kind) for name, kind in _TYPES.items())
        and len(choice["baseline"]) + len(choice["when"]) <= _MAX_TEXT
    )


_TYPES: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "engine": str,
        "onednn": (bool, NoneType),
        "ratio": float,
        "low": float,
        "high": float,
        "baseline": str,
        "when": str,
    }
)
_MAX_TEXT = 200


_FILE = CacheFile(SCHEMA, "tuned", _is_entry, _MAX_BYTES, indent=1)
