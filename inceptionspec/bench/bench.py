"""One benchmark: a network's steps, timed in a process of their own."""

from __future__ import annotations

from inceptionspec.bench.lowering import lowered
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.memory_estimate import check_memory
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.workers.peak_share import PeakWatch, with_share
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session, no_progress
from inceptionspec.frontend.load import LoadedSpec


def bench(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    peak: bool = False,
    progress: Progress = no_progress,
) -> Run:
    """Time steps of a network on one batch of uniform noise.

    Args:
        loaded: the network.
        request: which steps, how many, and by which engine.
        peak: whether the machine's matrix peak is measured before and after the steps.
        progress: called between steps with a phase, how much of it is done, and its total.

    Raises:
        SpecError: a value cannot be used, there is no such head, the input size is open,
            the batch does not fit in memory, a package is not installed, or a framework
            fails.
        KeyboardInterrupt: Ctrl-C came before a step was counted; after that it ends the
            run early, and the run says so.
    """
    request.check()
    target = request.target(loaded)
    check_memory(loaded, request)
    with (
        lowered(request, request.job(loaded), progress) as (job, cost),
        Process(worker_variables(request)) as process,
    ):
        session = Session(process, job, loaded, target, progress=progress)
        session.cost = cost
        session.prepare()
        session.warm(request.burn_in)
        limits = PeakWatch(process, request.threads)
        if peak:
            limits.measure()
        session.watch()
        interrupted = False
        try:
            session.run(request.steps, request.min_seconds)
        except KeyboardInterrupt:
            durations = session.durations
            if not durations:
                raise
            interrupted = len(durations) < request.steps or sum(durations) < request.min_seconds
        result = session.result(interrupted=interrupted)
        if peak and not interrupted:
            limits.measure()
        return with_share(result, limits.best)
