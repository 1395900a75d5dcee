"""The benchmark: a network's steps in a process of their own, timed."""

from __future__ import annotations

from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.memory_estimate import refuse_batch
from inceptionspec.bench.request.request import BenchRequest, environment_of
from inceptionspec.bench.workers.peak_share import PeakWatch, with_share
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session
from inceptionspec.frontend.load import LoadedSpec


def bench(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    peak: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Time steps of a network (float32) on one batch of uniform noise.

    Args:
        network: what is run.
        plan: which steps, how many, and by which engine.
        peak: whether the machine's matrix peak is measured before and after the steps.
        progress: called between steps with a phase, how much of it is done, and its whole.

    Raises:
        SpecError: a value cannot be used, there is no such head, the input size is open,
            the batch does not fit in memory, or a package is not installed.
        KeyboardInterrupt: Ctrl-C came before a step was counted; after that it ends the
            run early, and the run says so.
    """
    request.refuse()
    chosen = request.target(loaded)
    refuse_batch(loaded, request)
    with Process(environment_of(request)) as process:
        what = (loaded, chosen)
        session = Session(process, request.job(loaded), what, "spec", progress or nobody)
        session.prepare()
        session.warm(request.burn_in)
        limits = PeakWatch(process, request.threads)
        if peak:
            limits.take()
        session.watch()
        interrupted = False
        try:
            session.run(request.steps, request.least_seconds)
        except KeyboardInterrupt:
            if not session.durations:
                raise
            done = session.durations
            interrupted = len(done) < request.steps or sum(done) < request.least_seconds
        result = session.result(interrupted=interrupted)
        if peak and not interrupted:
            limits.take()
        return with_share(result, limits.best)


def nobody(phase: str, done: int, whole: int) -> None:
    """The progress of a run that nobody looks at."""
