"""A worker process as its parent sees it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from inceptionspec.bench.machine.child import start_child
from inceptionspec.bench.machine.peaks import Rate
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.tracing.shares import Op
from inceptionspec.bench.tracing.trace import TracedStep
from inceptionspec.bench.workers.protocol import DURATIONS, FAILED, WHILE, Message, finding_of
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding

MODULE = "inceptionspec.bench.workers.worker"
_LAST_CHARACTERS = 2_000
"""How much of what a worker printed last is read."""

#: Called with the seconds of each step, as the worker reports them.
OnDuration = Callable[[float], None]


class WorkerError(Exception):
    """A worker met an exception that no spec can cause."""


class Process:
    """A running worker.

    Attributes:
        folder: where it keeps temporary files. The worker makes the folder; whichever of the
            two ends last removes it.
    """

    def __init__(self, environment: Mapping[str, str] = {}) -> None:
        self._errors = tempfile.TemporaryFile("w+b")  # noqa: SIM115  (closed in `end`)
        self.folder = os.path.join(tempfile.gettempdir(), f"specbuild-{secrets.token_hex(8)}")
        self._process = start_child(
            MODULE, self.folder, environment={**os.environ, **environment}, errors=self._errors
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def prepare(self, job: Job) -> Message:
        """Make a job ready, up to tracing.

        Raises:
            SpecError: a package is missing, a framework failed, or the process died.
        """
        return self.ask({"do": "prepare", "job": job.data()})

    def first(self) -> float:
        """Run the first step; its seconds."""
        durations: list[float] = []
        self.ask({"do": "first"}, durations.append)
        return durations[0]

    def warm(self, steps: int | None, on_duration: OnDuration) -> Message:
        """Run steps that are not counted; see ``Warmup``."""
        return self.ask({"do": "warm", "steps": steps}, on_duration)

    def run(self, steps: int, on_duration: OnDuration, seconds: float = 0.0) -> None:
        """Run at least ``steps`` steps, for at least ``seconds``."""
        self.ask({"do": "run", "steps": steps, "seconds": seconds}, on_duration)

    def pair(self) -> tuple[float, TracedStep]:
        """Run one step, and one more under TensorFlow's profiler; the seconds, and the trace."""
        answer = self.ask({"do": "pair"})
        ops = tuple(Op(*op) for op in answer["ops"])
        return answer["plain"], TracedStep(answer["seconds"], ops)

    def product(self) -> Rate:
        """How fast TensorFlow multiplies matrices in the process."""
        return Rate(*self.ask({"do": "product"})["rate"])

    def peak_bytes(self) -> int | None:
        """The peak of the process's resident memory, in bytes."""
        answer: int | None = self.ask({"do": "peak"})["bytes"]
        return answer

    def ask(self, request: Mapping[str, Any], on_duration: OnDuration | None = None) -> Message:
        """Send a request and wait for the answer that ends it.

        Raises:
            SpecError: with the worker's findings, or because it died (E0707).
            WorkerError: it met an exception that no spec can cause.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the missing answer tells why
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        for answer in self._answers():
            if answer["is"] == DURATIONS:
                for seconds in answer["seconds"]:
                    if on_duration is not None:
                        on_duration(seconds)
            elif answer["is"] == FAILED:
                raise _failure(answer)
            else:
                return answer
        raise SpecError([self._death(request["do"])])

    def _answers(self) -> Iterator[Message]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def _death(self, doing: str) -> Diagnostic:
        code = self._process.wait()
        self._errors.seek(0)
        printed = self._errors.read().decode(errors="replace")[-_LAST_CHARACTERS:].strip()
        killed = code == -signal.SIGKILL
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return finding(
            "E0707",
            f"the benchmark's worker process {how} {WHILE[doing]}",
            f"{MODULE} (process {self.pid})",
            *(
                ("the system may have run out of memory: use a smaller `--batch`",)
                if killed
                else ()
            ),
            notes=tuple(f"it printed last: {line}" for line in printed.splitlines()[-1:]),
        )

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """End the process if the block takes longer.

        Raises:
            TimeoutError: it did.
        """
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            yield
        except SpecError:
            if late.is_set():
                raise TimeoutError(f"not done within {seconds:g} s") from None
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the process, whatever it is doing, and remove its folder."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


def _failure(answer: Message) -> Exception:
    if "findings" in answer:
        return SpecError([finding_of(data) for data in answer["findings"]])
    bug = WorkerError(f"{answer['kind']} in a worker: {answer['message']}")
    bug.add_note(answer["traceback"])
    return bug
