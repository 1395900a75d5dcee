"""Random side files: values, profiles, records and caches end in data or in findings.

`tools/fuzz.py --kind files` changes good ones: parts are deleted, doubled, swapped or given
another type, numbers become huge, text is cut and interspersed with syntax; some are no JSON, no
text, or no regular file.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import stat
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from fuzz import change_tree, changed_text

from inceptionspec import load
from inceptionspec.analysis.layer_values import (
    LayerValues,
    identity_of_spec,
    layer_values_text,
    read_layer_values,
)
from inceptionspec.bench.measure.run import Run, Times
from inceptionspec.bench.records import history, tuning_cache
from inceptionspec.bench.records.profile_file import read_profile
from inceptionspec.bench.records.profile_record import record as profile_record
from inceptionspec.bench.records.record import record
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram import ByValues, Options, dot_text
from inceptionspec.reports.bench.compare_text import verdict_text
from inceptionspec.reports.findings.formats import DATA, TEXTS
from inceptionspec.utils.ansi import plain

NUMBERS = ("1e999", "-1e999", "NaN", "Infinity", "9" * 400, "9" * 5000, "1e308", "-0.0", "0", "-1",
           "1e-320", "0.1", "1" + "0" * 18, "true", "null", '"1"', "[]", "{}")  # fmt: skip
TEXTS_OF_OTHER_KINDS = (
    b"", b"\xff\xfe", b"\xef\xbb\xbf{}", b"{" * 100_000, b"[" * 100_000, b"null", b"[]", b"1",
    b'"x"', b"\0", "{}".encode("utf-16"), b'{"schema": "inceptionspec.values/2"}', b'{"schema": 1}',
    b'{"a": 1, "a": 2}', b"9" * 100_000, b'"' + b"a" * 100_000 + b'"', b"\n\n\n", b"\r\r{}\x85",
)  # fmt: skip
HELPERS: Any = importlib.import_module("profiles")  # of tests/helpers
ENVIRONMENT: dict[str, Any] = importlib.import_module("fakes").ENVIRONMENT
NETWORK = load(HELPERS.TWO_HEADS).loaded
RUN = Run(
    spec=RunIdentity("Tiny", "tiny.yaml", **NETWORK.digests, commit=None),
    side="spec",
    mode="forward",
    head="Logits",
    batch=2,
    engine="keras",
    threads=None,
    burn_in=1,
    durations=(0.1, 0.2, 0.3),
    times=Times(prepare=0.5, trace=0.1, first_step=0.2),
    macs=500,
    flops=1_000,
    peak_bytes=1 << 20,
    started=datetime(2026, 1, 1, tzinfo=UTC),
    finished=datetime(2026, 1, 2, tzinfo=UTC),
    environment=ENVIRONMENT,
    facts={},
)
KEY = {"batch": 2, "cpu": "x", "network": NETWORK.digests["network"]}


def _values(file: str) -> None:
    values = read_layer_values(file, NETWORK)
    dot_text(NETWORK.graph, Options(coloring=ByValues(values)))


def _profile(file: str) -> None:
    for measure in ("time", "efficiency"):
        values = read_profile(file, NETWORK, measure)
        dot_text(NETWORK.graph, Options(coloring=ByValues(values)))


def _records(file: str) -> None:
    history.check_records_file(file, "--against")
    verdict_text(history.compare_with_past(RUN, file, 0.05))


def _appended(file: str) -> None:
    before = Path(file).read_bytes() if os.path.isfile(file) else None
    try:
        history.append(file, record([RUN]))
    except SpecError:
        assert before is None or Path(file).read_bytes() == before, "half appended"
        raise
    history.check_records_file(file, "--against")


def _cache(file: str) -> None:
    tuning_cache.look_up(KEY, Path(file))


class Reader(NamedTuple):
    """What reads a side file, and a good one."""

    read: Callable[[str], None]
    good: Any


def _layer_values() -> Any:
    weights = {"Stem": 1.0, "Last": 2.0}
    values = LayerValues(identity_of_spec(NETWORK), "s", {"Stem": 0.5, "Last": 1.5}, weights)
    return json.loads(layer_values_text(values))


_RECORD = json.loads(json.dumps(record([RUN])))
_CHOICE = {"engine": "keras", "onednn": True, "ratio": 1.5, "when": "2026-01-01"}
READERS: Mapping[str, Reader] = {
    "values": Reader(_values, _layer_values()),
    "profile": Reader(_profile, profile_record(HELPERS.profile_of(NETWORK, ENVIRONMENT))),
    "records": Reader(_records, _RECORD),
    "appended": Reader(_appended, _RECORD),
    "cache": Reader(
        _cache, {"schema": tuning_cache.SCHEMA, "choices": [{"key": KEY, "choice": _CHOICE}]}
    ),
}


class Case(NamedTuple):
    """A reader and what it is to read: bytes, or the name of what is no regular file."""

    reader: str
    data: bytes | str


class Files:
    """Random side files."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-files-"))
        self._file = self._folder / "file.json"
        (self._folder / "folder").mkdir()
        os.mkfifo(self._folder / "pipe")
        (self._folder / "loop").symlink_to("loop")
        # Never those of /dev: a fault of the tool would replace them for the whole machine.
        for name, minor in (("null", 3), ("zero", 5)):
            try:
                os.mknod(self._folder / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
            except PermissionError:  # only root makes devices
                os.mkfifo(self._folder / name)

    def make(self, chance: random.Random) -> Case:
        """One file for one reader."""
        name = chance.choice(list(READERS))
        if chance.random() < 0.02:
            return Case(name, chance.choice(("folder", "pipe", "loop", "null", "zero", "none")))
        if chance.random() < 0.05:
            return Case(name, chance.choice(TEXTS_OF_OTHER_KINDS))
        data = json.loads(json.dumps(READERS[name].good))
        other = json.loads(json.dumps(chance.choice(list(READERS.values())).good))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
            if isinstance(data, dict) and data:
                change_tree(data, other, chance)
        text = json.dumps(data, indent=chance.choice((None, 1)))
        if chance.random() < 0.4:
            text = _with_another_number(text, chance)
        if chance.random() < 0.2:
            text = changed_text(text, chance)
        lines = chance.choice((1, 1, 1, 2)) if name in ("records", "appended") else 1
        text = "\n".join([text.replace("\n", "")] * lines) if lines > 1 else text
        return Case(name, text.encode("utf-8", "surrogatepass"))

    def run(self, case: Case) -> str:
        """Whether it was read, or what the gravest finding was."""
        file = self._file
        if isinstance(case.data, bytes):
            file.write_bytes(case.data)
        else:
            file = self._folder / case.data
        try:
            READERS[case.reader].read(str(file))
        except SpecError as error:
            assert error.findings
            for write in TEXTS.values():
                write(error.findings, (), plain)
            for report in DATA.values():
                report(error.findings, (), True)
            return max(CODES[one.code].title for one in error.findings)
        finally:
            left = [name for name in os.listdir(self._folder) if name.startswith(".specbuild")]
            assert not left, f"left behind: {left}"
            if not isinstance(case.data, bytes) and case.data == "none":
                (self._folder / "none").unlink(missing_ok=True)
        return "read"

    def text(self, case: Case) -> tuple[bytes, str]:
        """The file, under a name that says who reads it."""
        data = case.data if isinstance(case.data, bytes) else case.data.encode()
        return data, f".{case.reader}"


def _with_another_number(text: str, chance: random.Random) -> str:
    """A text of JSON with one of its numbers made another, which may be none of JSON's."""
    places = [number for number, sign in enumerate(text) if sign in "0123456789"]
    if not places:
        return text
    start = end = chance.choice(places)
    while start and text[start - 1] in "0123456789.e+-":
        start -= 1
    while end < len(text) and text[end] in "0123456789.e+-":
        end += 1
    return text[:start] + chance.choice(NUMBERS) + text[end:]


KIND = Files
