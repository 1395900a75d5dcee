"""Records in a file, a line of JSON each: runs are added to it and compared with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.measure.bootstrap import Ratio, ratio_of_runs
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.records.record import SCHEMA, record
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import NotFiniteError, parse_finite_json
from inceptionspec.utils.read_file import read_regular_file

MAX_BYTES = 16 << 20
_SAME_WAY = ("mode", "head", "batch", "threads", "side", "precision")
"""What must be equal for two runs to be compared; another engine is only mentioned."""
_SAME_MACHINE = ("cpu", "cores", "gpus")
_NOT_MENTIONED = ("load_average", *_SAME_MACHINE)
#: The types of what is compared or printed of a run.
_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "spec": (dict,),
        "mode": (str,),
        "head": (str, NoneType),
        "batch": (int, NoneType),
        "threads": (int, NoneType),
        "side": (str,),
        "engine": (str, NoneType),
        "durations": (list,),
        "started": (str,),
    }
)
_IDENTITY = ("network", "document", "name")
_MAX_TEXT = 1_000
_MAX_DURATIONS = 10_000
"""Ten times as many as a record keeps: a bootstrap takes time for each."""
_MIN_SECONDS, _MAX_SECONDS = 1e-12, 1e9
"""The bounds of a duration: ratios of two stay finite."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that a file holds.

    Attributes:
        line: its line number in the file, from 1.
        run: its data, as ``record`` wrote it.
        environment: where it was made.
    """

    line: int
    run: Mapping[str, Any]
    environment: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run compared with one of the past.

    Attributes:
        past: the newest past run that can be compared.
        ratio: its time over the new run's: below 1, the new run is slower.
        tolerance: how much slower the new run may be, as a share.
        differences: switches and versions that differ, each as a sentence.
    """

    past: PastRun
    ratio: Ratio
    tolerance: float
    differences: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the whole interval lies beyond the tolerance."""
        return 1 / self.ratio.high > 1 + self.tolerance


def append(file: str, data: Mapping[str, Any]) -> None:
    """Add a record to a file. If that fails, the file stays as it was.

    Raises:
        SpecError: the file cannot be read (E0802), is not a file of records (E0808), or
            cannot be written (E0803).
    """
    place = external(f"--save {file}")
    line = json.dumps(data, sort_keys=True, allow_nan=False).encode() + b"\n"
    with _locked(file):
        content = _content(file, place)
        if content and not content.endswith(b"\n"):
            content += b"\n"
        write_file(file, content + line, place)


def check_records_file(file: str, option: str) -> None:
    """Check before anything is measured that a file holds records.

    Raises:
        SpecError: as ``append`` does; or ``--against`` names a file without a run (E0809).
    """
    place = external(f"{option} {file}")
    runs = sum(1 for _ in _past_runs(_content(file, place), file, place))
    if option == "--against" and not runs:
        advice = "measure one first, with `--save` and without `--against`"
        raise spec_error("E0809", f"`{file}` holds no run", place, advice)


def compare_with_past(run: Run, file: str, tolerance: float) -> Verdict:
    """Compare a run with the newest one in a file that can be compared.

    Raises:
        SpecError: the file cannot be read (E0802) or is not a file of records (E0808), or
            no run in it has the same network, way and machine (E0809).
    """
    place = external(f"--against {file}")
    past = newest(run, list(_past_runs(_content(file, place), file, place)), file, place)
    ratio = ratio_of_runs(run.durations, past.run["durations"])
    return Verdict(past, ratio, tolerance, tuple(_differences(run, past)))


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """The comparison with a past run as plain data for JSON."""
    return {
        **verdict.ratio._asdict(),
        "verdict": verdict.ratio.verdict,
        "failed": verdict.failed,
        "tolerance": verdict.tolerance,
        "then": verdict.past.run["started"],
        "line": verdict.past.line,
        "differences": list(verdict.differences),
    }


def newest(run: Run, past_runs: Sequence[PastRun], file: str, place: Span) -> PastRun:
    """The last run of the same network, run the same way on the same machine.

    Raises:
        SpecError: there is none (E0809); the finding says what the file has instead.
    """
    new = record([run])["runs"][0]
    of_network = [past for past in past_runs if past.run["spec"]["network"] == run.spec.network]
    same_way = [
        past for past in of_network if all(_told(past.run, key) == new[key] for key in _SAME_WAY)
    ]
    comparable = [
        past
        for past in same_way
        if all(past.environment.get(key) == run.environment.get(key) for key in _SAME_MACHINE)
    ]
    if comparable:
        return comparable[-1]
    notes: tuple[str, ...] = ()
    if not of_network:
        lacking = f"of the network `{run.spec.network[:12]}`"
        names = sorted({past.run["spec"]["name"] for past in past_runs})
        count = "1 run" if len(past_runs) == 1 else f"{len(past_runs)} runs"
        notes = (f"it holds {count}, of {', '.join(names[:5])}",) if names else ()
    elif not same_way:
        lacking = f"of this network that ran as {_way(new)}"
        ways = sorted({_way(past.run) for past in of_network})
        notes = tuple(f"it holds one that ran as {way}" for way in ways[:5])
    else:
        lacking = f"from this machine ({run.environment['cpu']})"
        cpus = sorted({_shown(past.environment.get("cpu")) for past in same_way})
        notes = tuple(f"it holds one from another machine: {cpu}" for cpu in cpus[:5])
    message = f"`{file}` holds no run {lacking}"
    advice = "measure one first: add `--save` with this file"
    raise spec_error("E0809", message, place, advice, notes=notes)


def _told(run: Mapping[str, Any], key: str) -> Any:
    """What a record says of a run; early ones say no precision."""
    return run.get(key, FLOAT32) if key == "precision" else run[key]


def _way(run: Mapping[str, Any]) -> str:
    threads = run["threads"]
    return (
        f"{run['mode']}, {run['side']}, head {run['head']}, batch {run['batch']}, "
        f"{'default threads' if threads is None else f'{threads} threads'}"
        + ("" if (precision := _told(run, "precision")) == FLOAT32 else f", {precision}")
    )


def _differences(run: Run, past: PastRun) -> Iterator[str]:
    """Versions and switches that differ, and the text of the spec."""
    if past.run["engine"] != run.engine:
        yield f"engine: {past.run['engine']} then, {run.engine} now"
    if past.run["spec"]["document"] != run.spec.document:
        yield "the spec's text has changed, the network has not"
    for name, now in run.environment.items():
        then = past.environment.get(name)
        if name not in _NOT_MENTIONED and then != now:
            yield f"{name}: {_shown(then)} then, {_shown(now)} now"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return shortened(text, 200)


def _content(file: str, place: Span) -> bytes:
    """What the file holds; nothing where `--save` will create it."""
    try:
        data = read_regular_file(file, MAX_BYTES)
    except FileNotFoundError:
        if place.source.name.startswith("--save"):
            return b""
        message = f"there is no file `{file}`"
        raise spec_error("E0802", message, place, "create it with `--save`") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"`{file}` cannot be read: {reason}"
        raise spec_error("E0802", message, place) from None
    if len(data) > MAX_BYTES:
        raise _broken(file, place, f"it is longer than {MAX_BYTES >> 20} MiB: start another file")
    return data


def _past_runs(content: bytes, file: str, place: Span) -> Iterator[PastRun]:
    """The runs of a file of records, in their order.

    Raises:
        SpecError: a line is not a record (E0808).
    """
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = parse_finite_json(line)
        except NotFiniteError as error:
            raise _broken(file, place, f"in line {number} {error}") from None
        except ValueError:
            raise _broken(file, place, f"line {number} is not JSON") from None
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            named = isinstance(schema, str) and schema
            why = f"has the schema `{shortened(str(schema))}`" if named else "is not a record"
            raise _broken(file, place, f"line {number} {why}")
        runs, environment = data.get("runs"), data.get("environment")
        complete = isinstance(runs, list) and isinstance(environment, dict)
        if not complete or not all(map(_is_run, runs)):
            raise _broken(file, place, f"line {number} lacks a part of a record")
        for run in runs:
            yield PastRun(number, run, environment)


def _is_run(run: Any) -> bool:
    """Whether all that is compared or printed of a run has its type and size."""
    return (
        isinstance(run, dict)
        and run.keys() >= _TYPES.keys()
        and _has_type(_told(run, "precision"), (str,))
        and all(_has_type(run[key], types) for key, types in _TYPES.items())
        and all(_has_type(run["spec"].get(key), (str,)) for key in _IDENTITY)
        and 0 < len(run["durations"]) <= _MAX_DURATIONS
        and all(
            _has_type(seconds, (int, float)) and _MIN_SECONDS <= seconds <= _MAX_SECONDS
            for seconds in run["durations"]
        )
    )


def _has_type(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return False
    return type(value) in types  # `True` is an instance of `int`


def _broken(file: str, place: Span, why: str) -> SpecError:
    return spec_error(
        "E0808",
        f"`{file}` is not a file of benchmark records: {why}",
        place,
        f"records are lines of JSON of `{SCHEMA}`, as `--save` writes them",
    )


@contextmanager
def _locked(file: str) -> Iterator[None]:
    """Keep others from adding records at the same time, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = str(Path(file).absolute().parent)
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # writing the file reports what is wrong with the folder
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
