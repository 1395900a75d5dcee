"""What was measured on this machine, kept in the user's cache folder.

Times are in units of the reference network's, which ran in the same turns: a machine that is busy
today and was not yesterday slows both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inceptionspec.bench.layer_times.calibration import Whole
from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.environment import version
from inceptionspec.bench.records.cache_file import CacheFile
from inceptionspec.bench.records.tuning_cache import cache_file

SCHEMA = "inceptionspec.layer_times/2"
FILE = "layer_times.json"
_MAX_BYTES = 64 << 20


def times_file() -> Path:
    """Where times are kept: next to what tuning found."""
    return cache_file().with_name(FILE)


def table_key(engine: str, threads: int | None, onednn: bool | None) -> dict[str, Any]:
    """What times depend on: the machine, the engine and its switches, versions of what runs."""
    return {
        "cores": cpu.logical_cores(),
        "cpu": cpu.model_name(),
        "engine": engine,
        "inceptionspec": version("inceptionspec"),
        "numpy": version("numpy"),
        "onednn": onednn,
        "tensorflow": version("tensorflow"),
        "threads": threads,
    }


@dataclass(slots=True)
class Table:
    """Measured times under one key.

    Attributes:
        key: what they depend on.
        pace: seconds of the reference network, the least that was seen; 0 before any.
        kinds: the time of each kind of layer, in units of the reference's. A kind is named by
            the digest of its data.
        networks: of each network that was measured as a whole, by its digest.
        note: what was wrong with the file, if anything was.
    """

    key: dict[str, Any]
    pace: float = 0.0
    kinds: dict[str, float] = field(default_factory=dict)
    networks: dict[str, Whole] = field(default_factory=dict)
    note: str = ""


def digest(kind: str) -> str:
    """The name of a kind in the table, by its data."""
    return hashlib.sha256(kind.encode()).hexdigest()[:32]


def network_digest(kinds: Mapping[str, int]) -> str:
    """The name of a network in the table, by the digests of its kinds and their counts."""
    return digest(json.dumps(sorted(kinds.items())))


def read_table(key: dict[str, Any], file: Path) -> Table:
    """The times under a key. A broken file holds none, and the note says so."""
    entries, why = _FILE.read(file)
    note = f"{why}: all is measured again" if why else ""
    for entry in entries:
        if entry["key"] == key:
            networks = {name: Whole(*figures) for name, figures in entry["networks"].items()}
            return Table(key, entry["pace"], entry["kinds"], networks, note)
    same = ("engine", "threads", "onednn")
    if any(all(entry["key"].get(name) == key[name] for name in same) for entry in entries):
        note = f"`{file}` has times of another machine or other versions: all is measured again"
    return Table(key, note=note)


def write_table(table: Table, file: Path) -> None:
    """Add what a table holds to the file, which other processes may have written meanwhile.

    Raises:
        SpecError: the folder or the file cannot be written (E0803).
    """
    entries, _ = _FILE.read(file)
    others = [entry for entry in entries if entry["key"] != table.key]
    known = next((entry for entry in entries if entry["key"] == table.key), None)
    if known is not None:
        table.kinds = {**known["kinds"], **table.kinds}
        earlier = {name: Whole(*figures) for name, figures in known["networks"].items()}
        table.networks = {**earlier, **table.networks}
        table.pace = min(known["pace"], table.pace) or table.pace
    entry = {
        "key": table.key,
        "pace": table.pace,
        "kinds": table.kinds,
        "networks": table.networks,
    }
    _FILE.write(file, [entry, *others])


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("key"), dict)
        and _are_positive([entry.get("pace")])
        and isinstance(entry.get("kinds"), dict)
        and _are_positive(entry["kinds"].values())
        and isinstance(entry.get("networks"), dict)
        and all(map(_is_whole, entry["networks"].values()))
    )


def _is_whole(figures: Any) -> bool:
    return (
        isinstance(figures, list)
        and len(figures) == len(Whole._fields)
        and _are_positive(figures[:-1])
        and isinstance(figures[-1], int)
        and figures[-1] > 0
    )


def _are_positive(numbers: Iterable[Any]) -> bool:
    return all(isinstance(number, float) and number > 0 for number in numbers)


_FILE = CacheFile(SCHEMA, "tables", _is_entry, _MAX_BYTES)
