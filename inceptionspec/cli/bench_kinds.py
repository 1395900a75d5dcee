"""The kinds of benchmark: each takes the options, and returns text, record and exit code."""

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


class BenchOptions(NamedTuple):
    """What the command line sets, apart from the request."""

    settings: SpecOptions
    loaded: LoadedSpec
    batches: tuple[int, ...]
    threads: tuple[int | None, ...]
    compare: str | None
    compare_onednn: bool | None
    pairs: int
    max_seconds: float
    tune_seconds: float
    peak: bool
    save: str | None
    against: str | None
    tolerance: float
    form: str


class Outcome(NamedTuple):
    """What a benchmark prints, the record it keeps, and its exit code."""

    text: str
    record: Mapping[str, Any]
    code: int


def single(options: BenchOptions, request: BenchRequest) -> Outcome:
    """One run, compared with an earlier one under `--against`."""
    from inceptionspec.bench.bench import bench
    from inceptionspec.bench.records.record import record
    from inceptionspec.reports.bench.table import csv_text
    from inceptionspec.reports.bench.text import text

    with progress_bar() as progress:
        run = bench(options.loaded, request, peak=options.peak, progress=progress)
    shown = csv_text([run]) if options.form == "csv" else text(run)
    code, kept = EXIT_CLEAN, record([run])
    if options.against is not None:
        from inceptionspec.bench.records.history import compare_with_past, verdict_record
        from inceptionspec.reports.bench.compare_text import verdict_text

        verdict = compare_with_past(run, options.against, options.tolerance)
        code = EXIT_FINDINGS if verdict.failed else EXIT_CLEAN
        kept = {**kept, "against": verdict_record(verdict)}
        shown += "" if options.form == "csv" else "\n" + verdict_text(verdict)
    return Outcome(shown, kept, EXIT_INTERRUPTED if run.interrupted else code)


def scale(options: BenchOptions, request: BenchRequest) -> Outcome:
    """A table over batch sizes and numbers of threads."""
    from inceptionspec.bench.records.record import record
    from inceptionspec.bench.scaling import scaling
    from inceptionspec.reports.bench.table import csv_text, table

    with progress_bar() as progress:
        runs, cut = scaling(
            options.loaded, request, options.batches, options.threads, progress=progress
        )
    shown = (csv_text if options.form == "csv" else table)(runs)
    return Outcome(shown, record(runs), EXIT_INTERRUPTED if cut else EXIT_CLEAN)


def compare(options: BenchOptions, request: BenchRequest) -> Outcome:
    """Two sides, measured in turn."""
    from inceptionspec.bench.compare import compare as measure
    from inceptionspec.bench.records.record import comparison_record
    from inceptionspec.bench.request.opponent import opponent, opponent_request
    from inceptionspec.reports.bench.compare_text import comparison_text

    assert options.compare is not None
    theirs = opponent_request(options.compare, request, options.compare_onednn)
    other = opponent(options.compare, options.loaded, theirs, options.settings.load)
    with progress_bar() as progress:
        found = measure(
            options.loaded,
            request,
            other,
            pairs=options.pairs,
            max_seconds=options.max_seconds,
            peak=options.peak,
            progress=progress,
        )
    code = EXIT_INTERRUPTED if found.interrupted else EXIT_CLEAN
    return Outcome(comparison_text(found), comparison_record(found), code)


def tune(options: BenchOptions, request: BenchRequest) -> Outcome:
    """The search for the fastest engine, which is remembered."""
    from inceptionspec.bench.records import tuning_cache
    from inceptionspec.bench.records.record import tuning_record
    from inceptionspec.bench.tune import tune as search
    from inceptionspec.reports.bench.tune_text import tuning_text

    with progress_bar() as progress:
        found = search(options.loaded, request, max_seconds=options.tune_seconds, progress=progress)
    file = tuning_cache.cache_file()
    kept = "not stored, since it was interrupted"
    if not found.interrupted:
        try:
            note = tuning_cache.store(tuning_cache.cache_key(options.loaded, request), found, file)
            kept = f"stored in {file}; `--engine auto` uses it"
            kept += "; the file before it was broken and is replaced" if note else ""
        except SpecError as error:  # what was measured is shown all the same
            kept = f"not stored: {error.findings[0].message}"
    code = EXIT_INTERRUPTED if found.interrupted else EXIT_CLEAN
    return Outcome(tuning_text(found, kept), tuning_record(found), code)
