"""A worker process: one side of a benchmark, alone with its own TensorFlow.

    python -m inceptionspec.bench.workers.worker FOLDER

makes the folder for temporary files and speaks ``protocol`` on its standard input and output.
What libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from inceptionspec.quantization.lowered import Lowered


class Worker:
    """The step that a worker has made ready, and its answers to requests."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self.send = send
        self.job: Job | None = None
        self.prepared: PreparedStep | None = None
        self.steps: Iterator[float] = iter(())
        self.lowered: Lowered | None = None

    def prepare(self, request: Mapping[str, Any]) -> Message:
        """Make the job's step, up to tracing; nothing runs yet."""
        from inceptionspec.bench.machine.environment import environment, load_average
        from inceptionspec.bench.workers.prepare import prepare

        load = load_average()
        self.job = Job(**request["job"])
        start = time.perf_counter()
        prepared = prepare(self.job)
        seconds = time.perf_counter() - start
        self.prepared = prepared
        self.steps = durations(prepared.step, after=prepared.after)
        return {
            "is": READY,
            "environment": {
                **environment(),
                "dtype": prepared.precision,
                **({"gpus": [prepared.gpu]} if prepared.gpu else {}),
                "load_average": load,
            },
            "facts": dict(prepared.facts),
            "outputs": prepared.outputs is not None,
            "prepare_seconds": seconds,
            "trace_seconds": prepared.trace_seconds,
        }

    def first(self, request: Mapping[str, Any]) -> Message:
        """Run the first step, which includes compilation."""
        self._report(counted(self.steps, 1))
        return {"is": DONE}

    def warm(self, request: Mapping[str, Any]) -> Message:
        """Run steps that are not counted."""
        reporter = _Reporter(self.send)
        warmed = Warmup(request["steps"]).run(reporter.reported(self.steps))
        reporter.flush()
        return {"is": DONE, **warmed._asdict()}

    def run(self, request: Mapping[str, Any]) -> Message:
        """Run steps that are counted."""
        self._report(counted(self.steps, request["steps"], request["seconds"]))
        return {"is": DONE}

    def pair(self, request: Mapping[str, Any]) -> Message:
        """Run a step, and one more under TensorFlow's profiler; send its operations."""
        from inceptionspec.bench.tracing.trace import trace_step

        assert self.prepared is not None
        # The first step after a pause is slower, and would always be the untraced one.
        _, plain = counted(self.steps, 2)
        return {"is": DONE, "plain": plain, **trace_step(self.prepared.step)._asdict()}

    def product(self, request: Mapping[str, Any]) -> Message:
        """Measure how fast TensorFlow multiplies matrices under these switches."""
        from inceptionspec.bench.machine.peaks import tensorflow_product

        return {"is": DONE, "rate": tensorflow_product()}

    def outputs(self, request: Mapping[str, Any]) -> Message:
        """Write the outputs to a file, or compare them with those in one."""
        from inceptionspec.bench.measure.agreement import compare_outputs, write_outputs

        assert self.prepared is not None
        assert self.prepared.outputs is not None
        outputs = self.prepared.outputs()
        if not request["against"]:
            write_outputs(request["file"], outputs)
            return {"is": DONE}
        return {"is": DONE, **compare_outputs(request["file"], outputs)._asdict()}

    def quantize(self, request: Mapping[str, Any]) -> Message:
        """Write the job's network in integers to a file."""
        content = self._lowered(request).quantized(request["job"]["batch"])
        assert content is not None
        with open(request["file"], "wb") as stream:
            stream.write(content)
        return {"is": DONE}

    def cost(self, request: Mapping[str, Any]) -> Message:
        """Measure what the job's precision costs by its engine."""
        lowered = self._lowered(request)
        assert self.job is not None
        cost = lowered.cost(self.job.engine, trained=self.job.weights is not None)
        return {"is": DONE, "cost": cost.data()}

    def _lowered(self, request: Mapping[str, Any]) -> Lowered:
        """The network of a job below float32; jobs of one process differ in their engine alone."""
        from inceptionspec.bench.workers.prepare import lowered_network

        self.job = Job(**request["job"])
        if self.lowered is None:
            self.lowered = lowered_network(self.job)
        return self.lowered

    def peak(self, request: Mapping[str, Any]) -> Message:
        """Send the peak of the process's resident memory."""
        return {"is": DONE, "bytes": peak_bytes()}

    def turns(self, request: Mapping[str, Any]) -> Message:
        """Run many computations in turns; each round is reported when it is done."""
        from inceptionspec.bench.workers.turns import take_turns
        from inceptionspec.engines.tensorflow import limit_threads

        if request["threads"] is not None:
            limit_threads(request["threads"])
        rounds = []
        for turns in take_turns(request["parts"], request["engine"], request["rounds"]):
            rounds.append(turns)
            self.send({"is": DURATIONS, "seconds": [sum(turn.wall for turn in turns)]})
        return {"is": DONE, "rounds": rounds}

    def _report(self, steps: Iterable[float]) -> None:
        reporter = _Reporter(self.send)
        for _ in reporter.reported(steps):
            pass
        reporter.flush()


class _Reporter:
    """Sends durations, several at a time."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self.send = send
        self.waiting: list[float] = []
        self.since = time.monotonic()

    def reported(self, steps: Iterable[float]) -> Iterator[float]:
        """The same durations, sent now and then."""
        for seconds in steps:
            self.waiting.append(seconds)
            yield seconds
            if time.monotonic() - self.since >= REPORT_SECONDS:
                self.flush()

    def flush(self) -> None:
        """Send what is waiting."""
        if self.waiting:
            self.send({"is": DURATIONS, "seconds": self.waiting})
        self.waiting, self.since = [], time.monotonic()


REQUESTS: Mapping[str, Callable[[Worker, Mapping[str, Any]], Message]] = MappingProxyType(
    {
        "prepare": Worker.prepare,
        "first": Worker.first,
        "warm": Worker.warm,
        "run": Worker.run,
        "pair": Worker.pair,
        "product": Worker.product,
        "quantize": Worker.quantize,
        "cost": Worker.cost,
        "outputs": Worker.outputs,
        "peak": Worker.peak,
        "turns": Worker.turns,
    }
)


def serve(requests: Iterable[str], answers: IO[str]) -> None:
    """Answer requests until there are no more, or one fails."""

    def send(message: Message) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    worker = Worker(send)
    for line in requests:
        request = json.loads(line)
        try:
            send(REQUESTS[request["do"]](worker, request))
        except SpecError as error:
            send({"is": FAILED, "findings": [finding_data(each) for each in error.findings]})
            return
        except BrokenPipeError:
            return
        except Exception as error:
            send({"is": FAILED, **_failure(error, request["do"], worker.job)})
            return


def _failure(error: Exception, doing: str, job: Job | None) -> Message:
    """A framework's fault as a finding, any other error as a bug with its traceback."""
    fault = framework_fault(error, doing, job) if job else None
    if fault is not None:
        return {"findings": [finding_data(fault)]}
    trace = "".join(traceback.format_exception(error))
    return {"kind": type(error).__name__, "message": str(error), "traceback": trace}


def main() -> None:
    """Serve on standard input and output, which libraries then cannot disturb."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder = sys.argv[1]
    os.mkdir(folder, 0o700)
    tempfile.tempdir = os.environ["TMPDIR"] = folder

    def remove_folder() -> None:
        # A step that is still running may write a file while the folder is being removed.
        for _ in range(10):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break

    serve(lines_from_parent(remove_folder), answers)
    remove_folder()
    answers.close()
    # Nothing is left to do, and threads of libraries take time to end.
    os._exit(0)


if __name__ == "__main__":
    main()
