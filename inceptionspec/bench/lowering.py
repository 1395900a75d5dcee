"""What a side of a benchmark needs below float32, made in a process of its own."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager

from inceptionspec.backends.engines import INT8
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress
from inceptionspec.engines.precision_cost import PrecisionCost, cost_of

LOWER = "precision"


@contextmanager
def lowered(
    request: BenchRequest, job: Job, progress: Progress
) -> Iterator[tuple[Job, PrecisionCost | None]]:
    """The job with its file of integers, and what its precision costs; as it is in float32.

    The process that finds out has nothing to do with the memory and time of what is measured. It
    ends before that begins, but for int8, whose file it keeps.

    Raises:
        SpecError: as ``Lowered`` does.
    """
    if not request.lowering.lowers:
        yield job, None
        return
    progress(LOWER, 0, 1)
    with Process(worker_variables(request)) as process:
        if request.precision == INT8:
            job = quantized(process, job)
        found = cost(process, job)
        progress(LOWER, 1, 1)
        if job.quantized is None:
            process.end()
        yield job, found


def quantized(process: Process, job: Job) -> Job:
    """A job whose network is in a file of integers, which lasts as long as the process."""
    file = os.path.join(process.folder, "quantized.onnx")
    process.ask({"do": "quantize", "job": job.data(), "file": file})
    return dataclasses.replace(job, quantized=file)


def cost(process: Process, job: Job) -> PrecisionCost:
    """What the precision of a job costs."""
    return cost_of(process.ask({"do": "cost", "job": job.data()})["cost"])
