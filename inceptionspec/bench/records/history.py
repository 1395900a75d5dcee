"""Records in a file, a line of JSON for each: appended to, and compared with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any

from inceptionspec.bench.measure.bootstrap import Ratio, of_runs
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.records.record import SCHEMA, record
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import NotFiniteError, parse_finite_json
from inceptionspec.utils.read_file import read_regular_file

MOST_BYTES = 256 << 20
_MACHINE = ("cpu", "cores", "gpus")
"""What makes another machine of an environment."""
_NOT_COMPARED = ("load_average", *_MACHINE)
#: The types of what is compared or shown of a run.
_KINDS: Mapping[str, tuple[type, ...]] = MappingProxyType(
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
_LONGEST_TEXT = 1_000
_MOST_DURATIONS = 10_000
"""Ten times as many as a record keeps: resampling takes time for each."""
_SHORTEST, _LONGEST = 1e-12, 1e9
"""Seconds that a step may last: ratios of two stay finite."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run that a file holds.

    Attributes:
        line: where it stands in the file, from 1.
        run: its entry, as ``record`` wrote it.
        environment: where it was made.
    """

    line: int
    run: Mapping[str, Any]
    environment: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run against one of the past.

    Attributes:
        past: the newest run that fits.
        ratio: its time over the new one's: below 1, the new one is slower.
        tolerance: the share by which the new one may be slower.
        differences: switches and versions that are not the same, each as a sentence.
    """

    past: Past
    ratio: Ratio
    tolerance: float
    differences: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the whole interval lies beyond the tolerance."""
        return 1 / self.ratio.high > 1 + self.tolerance


def append(file: str, data: Mapping[str, Any]) -> None:
    """Add a record to a file, which is left as it was where that fails.

    Raises:
        SpecError: the file is not one of records (E0808), or cannot be written (E0803).
    """
    place = external(f"--save {file}")
    line = json.dumps(data, sort_keys=True, allow_nan=False).encode() + b"\n"
    with _locked(file):
        held = _held(file, place)
        if held and not held.endswith(b"\n"):
            held += b"\n"
        write_file(file, held + line, place)


def refuse_file(file: str, option: str) -> None:
    """Say before anything is measured that a file does not hold records.

    Raises:
        SpecError: as ``append`` does.
    """
    place = external(f"{option} {file}")
    for _ in _pasts(_held(file, place), file, place):
        pass


def against(run: Run, file: str, tolerance: float) -> Verdict:
    """Hold a run against the newest in a file that fits.

    Raises:
        SpecError: the file cannot be read (E0802) or is not one of records (E0808), or
            none in it is of this network, run so, on this machine (E0809).
    """
    place = external(f"--against {file}")
    past = newest(run, list(_pasts(_held(file, place), file, place)), file, place)
    ratio = of_runs(run.durations, past.run["durations"])
    return Verdict(past, ratio, tolerance, tuple(_differences(run, past)))


def against_record(found: Verdict) -> dict[str, Any]:
    """A run against one of the past."""
    return {
        **found.ratio._asdict(),
        "verdict": found.ratio.verdict,
        "failed": found.failed,
        "tolerance": found.tolerance,
        "then": found.past.run["started"],
        "line": found.past.line,
        "differences": list(found.differences),
    }


def newest(run: Run, pasts: Sequence[Past], file: str, place: Span) -> Past:
    """The last run of the same network, run the same way on the same machine.

    Raises:
        SpecError: there is none; the finding says what the file has instead.
    """
    entry = record([run])["runs"][0]
    same = [one for one in pasts if one.run["spec"]["network"] == run.spec.network]
    alike = [one for one in same if all(one.run[key] == entry[key] for key in _WAYS)]
    here = [
        one
        for one in alike
        if all(one.environment.get(key) == run.environment.get(key) for key in _MACHINE)
    ]
    if here:
        return here[-1]
    helps: tuple[str, ...] = ("measure it and keep it: add `--save` with this file",)
    notes: tuple[str, ...] = ()
    if not same:
        why = f"of the network `{run.spec.network[:12]}`"
        names = sorted({str(one.run["spec"]["name"]) for one in pasts})
        notes = (f"it holds {len(pasts)} runs, of {', '.join(names[:5])}",) if pasts else ()
    elif not alike:
        why = f"of it that was {_way(entry)}"
        notes = tuple(sorted({f"it holds one that was {_way(one.run)}" for one in same}))[:5]
    else:
        why = f"from this machine ({run.environment['cpu']})"
        others = sorted({_shown(one.environment.get("cpu")) for one in alike})
        notes = tuple(f"it holds one from another: {cpu}" for cpu in others[:5])
    message = f"`{file}` holds no run {why}"
    raise spec_error("E0809", message, place, *helps, notes=notes)


_WAYS = ("mode", "head", "batch", "threads", "side")
"""What must be equal for two runs to be held against each other; engines are marked."""


def _way(entry: Mapping[str, Any]) -> str:
    threads = entry["threads"]
    return (
        f"run as {entry['mode']}, {entry['side']}, head {entry['head']}, batch {entry['batch']}, "
        f"{'threads as they come' if threads is None else f'{threads} threads'}"
    )


def _differences(run: Run, past: Past) -> Iterator[str]:
    """Versions and switches that differ, and the text of the spec."""
    if past.run["engine"] != run.engine:
        yield f"engine: {past.run['engine']} then, {run.engine} now"
    if past.run["spec"]["document"] != run.spec.document:
        yield "the spec's text has changed, the network has not"
    for name, now in run.environment.items():
        then = past.environment.get(name)
        if name not in _NOT_COMPARED and then != now:
            yield f"{name}: {_shown(then)} then, {_shown(now)} now"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return shortened(text, 200)


def _held(file: str, place: Span) -> bytes:
    """What the file holds; nothing where there is none to append to."""
    try:
        data = read_regular_file(file, MOST_BYTES)
    except FileNotFoundError:
        if place.source.name.startswith("--save"):
            return b""
        message = f"there is no file `{file}`"
        helps = ("`--save` with its name makes it",)
        raise spec_error("E0802", message, place, *helps) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"`{file}` cannot be read: {reason}"
        raise spec_error("E0802", message, place) from None
    if len(data) > MOST_BYTES:
        raise SpecError([_broken(file, place, f"it is longer than {MOST_BYTES >> 20} MiB")])
    return data


def _pasts(held: bytes, file: str, place: Span) -> Iterator[Past]:
    """The runs of a file of records, in its order.

    Raises:
        SpecError: a line is not a record (E0808).
    """
    for number, line in enumerate(held.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = parse_finite_json(line)
        except NotFiniteError as error:
            raise SpecError([_broken(file, place, f"in line {number} {error}")]) from None
        except ValueError:
            raise SpecError([_broken(file, place, f"line {number} is not JSON")]) from None
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            why = f"line {number} is {_of_schema(schema)}"
            raise SpecError([_broken(file, place, why)])
        runs, environment = data.get("runs"), data.get("environment")
        whole = isinstance(runs, list) and isinstance(environment, dict)
        if not whole or not all(map(_keeps_form, runs)):
            raise SpecError([_broken(file, place, f"line {number} lacks what a record has")])
        for run in runs:
            yield Past(number, run, environment)


def _of_schema(schema: Any) -> str:
    return f"of `{shortened(schema)}`" if isinstance(schema, str) and schema else "no record"


def _keeps_form(run: Any) -> bool:
    """Whether all that is compared or shown of a run is of its kind and size."""
    return (
        isinstance(run, dict)
        and run.keys() >= _KINDS.keys()
        and all(_is_of_kind(run[key], kinds) for key, kinds in _KINDS.items())
        and all(_is_of_kind(run["spec"].get(key), (str,)) for key in _IDENTITY)
        and 0 < len(run["durations"]) <= _MOST_DURATIONS
        and all(
            _is_of_kind(seconds, (int, float)) and _SHORTEST <= seconds <= _LONGEST
            for seconds in run["durations"]
        )
    )


def _is_of_kind(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return False
    return type(value) in kinds


def _broken(file: str, place: Span, why: str) -> Diagnostic:
    return Diagnostic(
        "E0808",
        f"`{file}` is not a file of benchmark records: {why}",
        Label(place),
        helps=(f"records are lines of JSON of `{SCHEMA}`, as `--save` writes them",),
    )


@contextmanager
def _locked(file: str) -> Iterator[None]:
    """Keep others from appending at the same time, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = str(Path(file).absolute().parent)
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # what is wrong with it is told where the file is written
        yield
        return
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
