"""One benchmark at several batches and numbers of threads, each in a process of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inceptionspec.bench.bench import bench
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.workers.session import Progress, no_progress
from inceptionspec.frontend.load import LoadedSpec


def scaling(
    loaded: LoadedSpec,
    request: BenchRequest,
    batches: Sequence[int],
    threads: Sequence[int | None],
    *,
    progress: Progress = no_progress,
) -> tuple[tuple[Run, ...], bool]:
    """Runs by threads, and within them by batch; and whether Ctrl-C ended them early.

    All values are checked before the first run.

    Raises:
        SpecError: as for ``bench``.
        KeyboardInterrupt: Ctrl-C came before anything was measured.
    """
    requests = [
        dataclasses.replace(request, batch=batch, threads=count)
        for count in threads
        for batch in batches
    ]
    for each in requests:
        each.check()
        each.target(loaded)
    runs: list[Run] = []
    for number, each in enumerate(requests, start=1):

        def report(phase: str, done: int, total: int, number: int = number) -> None:
            progress(f"{number}/{len(requests)} {phase}", done, total)

        try:
            runs.append(bench(loaded, each, progress=report))
        except KeyboardInterrupt:
            if not runs:
                raise
            return tuple(runs), True
        if runs[-1].interrupted:
            return tuple(runs), True
    return tuple(runs), False
