"""The kinds of benchmark that a command line can ask for, each to what it prints and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from inceptionspec.cli.options import SpecOptions
from inceptionspec.cli.progress import progress_bar
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERRUPTED
from inceptionspec.diagnostics.diagnostic import SpecError

if TYPE_CHECKING:
    from inceptionspec.bench.request.request import BenchRequest
    from inceptionspec.frontend.load import LoadedSpec


class Wanted(NamedTuple):
    """What the command line asks for besides the plan."""

    settings: SpecOptions
    loaded: LoadedSpec
    batches: tuple[int, ...]
    threads: tuple[int | None, ...]
    compare: str | None
    compare_engine: str | None
    compare_onednn: bool | None
    pairs: int
    max_seconds: float
    tune_seconds: float
    peak: bool
    save: str | None
    against: str | None
    tolerance: float
    form: str


class Ended(NamedTuple):
    """What a benchmark prints, the record it leaves, and how the command ends."""

    text: str
    record: Mapping[str, Any]
    code: int


def single(wanted: Wanted, request: BenchRequest) -> Ended:
    """One run, held against the past where that was asked for."""
    from inceptionspec.bench.bench import bench
    from inceptionspec.bench.records.record import record
    from inceptionspec.reports.bench.table import csv_text
    from inceptionspec.reports.bench.text import text

    with progress_bar() as progress:
        run = bench(wanted.loaded, request, peak=wanted.peak, progress=progress)
    shown = csv_text([run]) if wanted.form == "csv" else text(run)
    code, kept = EXIT_CLEAN, record([run])
    if wanted.against is not None:
        from inceptionspec.bench.records.history import compare_with_past, verdict_record
        from inceptionspec.reports.bench.compare_text import verdict_text

        verdict = compare_with_past(run, wanted.against, wanted.tolerance)
        code = EXIT_FINDINGS if verdict.failed else EXIT_CLEAN
        kept = {**kept, "against": verdict_record(verdict)}
        shown += "" if wanted.form == "csv" else "\n" + verdict_text(verdict)
    return Ended(shown, kept, EXIT_INTERRUPTED if run.interrupted else code)


def scale(wanted: Wanted, request: BenchRequest) -> Ended:
    """A table of batches and numbers of threads."""
    from inceptionspec.bench.records.record import record
    from inceptionspec.bench.scaling import scaling
    from inceptionspec.reports.bench.table import csv_text, table

    with progress_bar() as progress:
        runs, cut = scaling(
            wanted.loaded, request, wanted.batches, wanted.threads, progress=progress
        )
    shown = (csv_text if wanted.form == "csv" else table)(runs)
    return Ended(shown, record(runs), EXIT_INTERRUPTED if cut else EXIT_CLEAN)


def compare(wanted: Wanted, request: BenchRequest) -> Ended:
    """Two sides in turn."""
    from inceptionspec.bench.compare import compare as measure
    from inceptionspec.bench.records.record import comparison_record
    from inceptionspec.bench.request.opponent import opponent, opponent_request
    from inceptionspec.reports.bench.compare_text import comparison_text

    assert wanted.compare is not None
    theirs = opponent_request(wanted.compare, request, wanted.compare_engine, wanted.compare_onednn)
    other = opponent(wanted.compare, wanted.loaded, theirs, wanted.settings.load)
    with progress_bar() as progress:
        found = measure(
            wanted.loaded,
            request,
            other,
            pairs=wanted.pairs,
            max_seconds=wanted.max_seconds,
            peak=wanted.peak,
            progress=progress,
        )
    code = EXIT_INTERRUPTED if found.interrupted else EXIT_CLEAN
    return Ended(comparison_text(found), comparison_record(found), code)


def tune(wanted: Wanted, request: BenchRequest) -> Ended:
    """The search for the quickest engine, whose result is remembered."""
    from inceptionspec.bench.records import tuning_cache
    from inceptionspec.bench.records.record import tuning_record
    from inceptionspec.bench.tune import tune as search
    from inceptionspec.reports.bench.tune_text import tuning_text

    with progress_bar() as progress:
        found = search(wanted.loaded, request, max_seconds=wanted.tune_seconds, progress=progress)
    file = tuning_cache.cache_file()
    kept = "not stored, since it was interrupted"
    if not found.interrupted:
        try:
            note = tuning_cache.store(tuning_cache.cache_key(wanted.loaded, request), found, file)
            kept = f"stored in {file}; `--engine auto` uses it"
            kept += "; the file before it was broken and is replaced" if note else ""
        except SpecError as error:  # what was measured is shown all the same
            kept = f"not stored: {error.findings[0].message}"
    code = EXIT_INTERRUPTED if found.interrupted else EXIT_CLEAN
    return Ended(tuning_text(found, kept), tuning_record(found), code)
