"""A worker process: one side of a benchmark, alone with its own TensorFlow.

    python -m inceptionspec.bench.workers.worker FOLDER

speaks ``protocol`` on its standard input and output; what libraries print goes to standard
error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import IO, Any

from inceptionspec.bench.machine.child import lines_from_parent
from inceptionspec.bench.machine.memory import peak_bytes
from inceptionspec.bench.measure.loop import Warmup, counted, durations
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.workers.faults import framework_fault
from inceptionspec.bench.workers.protocol import (
    DONE,
    DURATIONS,
    FAILED,
    READY,
    REPORT_SECONDS,
    Message,
    finding_data,
)
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.diagnostics.diagnostic import SpecError


class Worker:
    """What a worker has made ready, and how it answers requests."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self.tell = tell
        self.job: Job | None = None
        self.prepared: PreparedStep | None = None
        self.taken: Iterable[float] = iter(())

    def prepare(self, request: Mapping[str, Any]) -> Message:
        """Make the job's step, up to tracing; nothing is run yet."""
        from inceptionspec.bench.machine.environment import environment, load_average
        from inceptionspec.bench.workers.prepare import prepare

        load = load_average()
        start = time.perf_counter()
        self.job = Job(**request["job"])
        prepared = prepare(self.job)
        seconds = time.perf_counter() - start
        self.prepared = prepared
        self.taken = durations(prepared.step, after=prepared.after)
        return {
            "is": READY,
            "environment": {**environment(), "load_average": load},
            "facts": dict(prepared.facts),
            "outputs": prepared.outputs is not None,
            "prepare_seconds": seconds,
            "trace_seconds": prepared.trace_seconds,
        }

    def first(self, request: Mapping[str, Any]) -> Message:
        """Run the first step, which pays for compilation."""
        self._report(counted(iter(self.taken), 1))
        return {"is": DONE}

    def warm(self, request: Mapping[str, Any]) -> Message:
        """Run steps that do not count."""
        told = _Told(self.tell)
        warmed = Warmup(request["steps"]).run(told.all(self.taken))
        told.rest()
        return {"is": DONE, **warmed._asdict()}

    def run(self, request: Mapping[str, Any]) -> Message:
        """Run steps that count."""
        self._report(counted(iter(self.taken), request["steps"], request["seconds"]))
        return {"is": DONE}

    def pair(self, request: Mapping[str, Any]) -> Message:
        """Run a step, and one more under TensorFlow's profiler; tell of its operations."""
        from inceptionspec.bench.tracing.trace import traced

        assert self.prepared is not None
        # The first after a pause is slower, and would be the untraced one each time.
        _, plain = counted(iter(self.taken), 2)
        return {"is": DONE, "plain": plain, **traced(self.prepared.step)._asdict()}

    def product(self, request: Mapping[str, Any]) -> Message:
        """Tell how fast TensorFlow multiplies matrices under these switches."""
        from inceptionspec.bench.machine.peaks import tensorflow_product

        return {"is": DONE, "rate": tensorflow_product()}

    def outputs(self, request: Mapping[str, Any]) -> Message:
        """Write the outputs to a file, or say how far they lie from those in one."""
        from inceptionspec.bench.measure.agreement import agreement, write

        assert self.prepared is not None
        assert self.prepared.outputs is not None
        yielded = self.prepared.outputs()
        if not request["against"]:
            write(request["file"], yielded)
            return {"is": DONE}
        return {"is": DONE, **agreement(request["file"], yielded)._asdict()}

    def peak(self, request: Mapping[str, Any]) -> Message:
        """Tell the most memory that the process has held."""
        return {"is": DONE, "bytes": peak_bytes()}

    def _report(self, taken: Iterable[float]) -> None:
        told = _Told(self.tell)
        for _ in told.all(taken):
            pass
        told.rest()


class _Told:
    """Durations on their way, told several at a time."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self.tell = tell
        self.waiting: list[float] = []
        self.since = time.monotonic()

    def all(self, taken: Iterable[float]) -> Iterable[float]:
        for one in taken:
            self.waiting.append(one)
            yield one
            if time.monotonic() - self.since >= REPORT_SECONDS:
                self.rest()

    def rest(self) -> None:
        if self.waiting:
            self.tell({"is": DURATIONS, "seconds": self.waiting})
        self.waiting, self.since = [], time.monotonic()


REQUESTS: Mapping[str, Callable[[Worker, Mapping[str, Any]], Message]] = MappingProxyType(
    {
        "prepare": Worker.prepare,
        "first": Worker.first,
        "warm": Worker.warm,
        "run": Worker.run,
        "pair": Worker.pair,
        "product": Worker.product,
        "outputs": Worker.outputs,
        "peak": Worker.peak,
    }
)


def serve(requests: Iterable[str], answers: IO[str]) -> None:
    """Answer requests until there are no more, or one fails."""

    def tell(message: Message) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    worker = Worker(tell)
    for line in requests:
        request = json.loads(line)
        try:
            tell(REQUESTS[request["do"]](worker, request))
        except SpecError as error:
            tell({"is": FAILED, "findings": [finding_data(one) for one in error.findings]})
            return
        except BrokenPipeError:
            return
        except Exception as error:
            fault = worker.job and framework_fault(error, request["do"], worker.job)
            if fault:
                tell({"is": FAILED, "findings": [finding_data(fault)]})
                return
            failure = "".join(traceback.format_exception(error))
            kind = type(error).__name__
            tell({"is": FAILED, "kind": kind, "message": str(error), "traceback": failure})
            return


def main() -> None:
    """Serve on standard input and output, which libraries then cannot disturb."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder = sys.argv[1]
    os.mkdir(folder, 0o700)
    tempfile.tempdir = os.environ["TMPDIR"] = folder

    def remove_folder() -> None:
        # A step that still runs may write between the look and the removal.
        for _ in range(10):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break

    serve(lines_from_parent(remove_folder), answers)
    remove_folder()
    answers.close()
    # Nothing is left to do, and threads of libraries take their time to end.
    os._exit(0)


if __name__ == "__main__":
    main()
