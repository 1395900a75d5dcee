"""What tuning found on this machine, kept in the user's cache folder."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.environment import version
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.tune import Tuned
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.utils.read_file import read_regular_file

SCHEMA = "inceptionspec.tuned/1"
FILE = "tuned.json"
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """What won for one network on one machine.

    Attributes:
        engine: a name of ``ENGINES``.
        onednn: whether TensorFlow's oneDNN kernels are on.
        ratio: the time of the plain graph over its own.
        when: the day of the measurement.
    """

    engine: str
    onednn: bool
    ratio: float
    when: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A choice; None where there is none. The note says what is wrong with the file."""

    choice: Choice | None
    note: str = ""


def cache_key(loaded: LoadedSpec, request: BenchRequest) -> dict[str, Any]:
    """What a choice depends on: the machine, TensorFlow, the network, and what is run of it."""
    return {
        "batch": request.batch,
        "cores": cpu.logical_cores(),
        "cpu": cpu.model_name(),
        "head": request.head,
        "mode": request.mode,
        "network": loaded.digests["network"],
        "tensorflow": version("tensorflow"),
        "threads": request.threads,
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
    """The choice for a key. A broken file holds no choices, and the note says so."""
    entries, note = _read(file)
    for entry in entries:
        if entry["key"] == key and entry["choice"]["engine"] in ENGINES:
            return Lookup(Choice(**entry["choice"]), note)
    return Lookup(None, note)


def store(key: dict[str, Any], tuned: Tuned, file: Path) -> str:
    """Keep the winner, in place of an earlier choice for the same key.

    Returns:
        what was wrong with the file before, if anything was; then it is replaced.

    Raises:
        SpecError: the folder or the file cannot be written (E0803).
    """
    won = tuned.winner
    assert won.ratio is not None
    entry = {
        "key": key,
        "choice": {
            "engine": won.candidate.engine,
            "onednn": won.candidate.onednn,
            "ratio": round(won.ratio.value, 4),
            "when": datetime.now().astimezone().date().isoformat(),
        },
    }
    earlier, note = _read(file)
    entries = [entry, *(other for other in earlier if other["key"] != key)]
    place = external(str(file))
    _make_folder(file.parent, place)
    text = json.dumps({"schema": SCHEMA, "choices": entries}, indent=1, sort_keys=True)
    write_file(str(file), text.encode() + b"\n", place)
    return note


def _make_folder(folder: Path, place: Span) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder `{folder}` cannot be made: {(error.strerror or '').lower()}"
        raise spec_error("E0803", message, place) from None


def _read(file: Path) -> tuple[list[dict[str, Any]], str]:
    """The entries of a file, or none and a note that says why."""
    try:
        text = read_regular_file(file, _MAX_BYTES)
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return [], f"`{file}` cannot be read: {reason.lower()}"
    try:
        entries = _entries(parse_finite_json(text))
    except ValueError:
        entries = None
    if entries is None:
        return [], f"`{file}` is broken or of another version and is not used"
    return entries, ""


def _entries(data: Any) -> list[dict[str, Any]] | None:
    """The choices in a file's data; None where it has another form."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return None
    entries = data.get("choices")
    return entries if isinstance(entries, list) and all(map(_is_entry, entries)) else None


def _is_entry(entry: Any) -> bool:
    types = {"engine": str, "onednn": bool, "ratio": float, "when": str}
    choice = entry.get("choice") if isinstance(entry, dict) else None
    return (
        isinstance(choice, dict)
        and isinstance(entry.get("key"), dict)
        and choice.keys() == types.keys()
        and all(isinstance(choice[name], kind) for name, kind in types.items())
    )
