"""One benchmark at several batches and numbers of threads, each in a process of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inceptionspec.bench.bench import bench, nobody
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.workers.session import Progress
from inceptionspec.frontend.load import LoadedSpec


def scaling(
    loaded: LoadedSpec,
    request: BenchRequest,
    batches: Sequence[int],
    threads: Sequence[int | None],
    *,
    progress: Progress | None = None,
) -> tuple[tuple[Run, ...], bool]:
    """Runs by threads, and within them by batch; and whether Ctrl-C cut them short.

    All values are looked at before the first run.

    Raises:
        SpecError: as for ``bench``.
        KeyboardInterrupt: Ctrl-C came before anything was measured.
    """
    plans = [
        dataclasses.replace(request, batch=batch, threads=count)
        for count in threads
        for batch in batches
    ]
    for one in plans:
        one.refuse()
        one.target(loaded)
    runs: list[Run] = []
    tell = progress or nobody
    for number, one in enumerate(plans, start=1):

        def show(phase: str, done: int, whole: int, at: int = number) -> None:
            tell(f"{at}/{len(plans)} {phase}", done, whole)

        try:
            runs.append(bench(loaded, one, progress=show))
        except KeyboardInterrupt:
            if not runs:
                raise
            return tuple(runs), True
        if runs[-1].interrupted:
            return tuple(runs), True
    return tuple(runs), False
