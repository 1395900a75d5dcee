"""What tuning found on this machine, remembered in the user's cache folder."""

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
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.utils.read_file import read_regular_file

SCHEMA = "inceptionspec.tuned/1"
FILE = "tuned.json"
_MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """What won for one network on one machine.

    Attributes:
        engine: a name of ``engines.ENGINES``.
        onednn: whether TensorFlow's oneDNN kernels are on.
        ratio: how many times as fast as the plain graph it was.
        when: the day it was measured.
    """

    engine: str
    onednn: bool
    ratio: float
    when: str


@dataclass(frozen=True, slots=True)
class Recalled:
    """A choice, or why there is none."""

    choice: Choice | None
    note: str = ""


def key(loaded: LoadedSpec, request: BenchRequest) -> dict[str, Any]:
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


def file() -> Path:
    """Where choices are kept: the user's cache folder, as each system has it."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "inceptionspec" / FILE


def recall(wanted: dict[str, Any], path: Path) -> Recalled:
    """What is remembered for a key; a file that is broken holds nothing, and is told of."""
    entries, note = _read(path)
    for one in entries:
        if one["key"] == wanted and one["choice"]["engine"] in ENGINES:
            return Recalled(Choice(**one["choice"]), note)
    return Recalled(None, note)


def remember(wanted: dict[str, Any], tuned: Tuned, path: Path) -> None:
    """Keep the winner in place of what was kept for the same key.

    Raises:
        SpecError: the folder or the file cannot be written (E0803).
    """
    won = tuned.winner
    assert won.ratio is not None
    entry = {
        "key": wanted,
        "choice": {
            "engine": won.candidate.engine,
            "onednn": won.candidate.onednn,
            "ratio": round(won.ratio.value, 4),
            "when": datetime.now().astimezone().date().isoformat(),
        },
    }
    entries = [entry, *(one for one in _read(path)[0] if one["key"] != wanted)]
    place = external(str(path))
    _make_folder(path.parent, place)
    text = json.dumps({"schema": SCHEMA, "choices": entries}, indent=1, sort_keys=True)
    write_file(str(path), text.encode() + b"\n", place)


def _make_folder(folder: Path, place: Any) -> None:

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder `{folder}` cannot be made: {(error.strerror or '').lower()}"
        raise spec_error("E0803", message, place) from None


def _read(path: Path) -> tuple[list[dict[str, Any]], str]:
    """The entries of a file that keep to the form, and a note where one does not."""
    try:
        text = read_regular_file(path, _MOST_BYTES)
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return [], f"`{path}` cannot be read: {reason.lower()}"
    try:
        entries = _entries(parse_finite_json(text))
    except ValueError:
        entries = None
    if entries is None:
        return [], f"`{path}` is broken or of another version: what it remembers is left out"
    return entries, ""


def _entries(data: Any) -> list[dict[str, Any]] | None:
    """The choices in a file's data; None where it is not of this form."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return None
    entries = data.get("choices")
    return entries if isinstance(entries, list) and all(map(_keeps_form, entries)) else None


def _keeps_form(entry: Any) -> bool:
    kinds = {"engine": str, "onednn": bool, "ratio": float, "when": str}
    choice = entry.get("choice") if isinstance(entry, dict) else None
    return (
        isinstance(choice, dict)
        and isinstance(entry.get("key"), dict)
        and choice.keys() == kinds.keys()
        and all(isinstance(choice[name], kind) for name, kind in kinds.items())
    )
