"""Workers on this machine: started, watched and ended by one process that trains nothing itself."""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from inceptionspec.bench.machine.child import start_child
from inceptionspec.bench.workers.protocol import finding_of
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.training.checkpoints import Checkpoints
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.loop import Moment, Saving
from inceptionspec.training.run import Run
from inceptionspec.training.strategies.cluster import VARIABLE, free_ports, local_cluster, tf_config
from inceptionspec.training.train import TrainingResult
from inceptionspec.training.workers.worker import DONE, ENDED, FORECAST, MOMENT
from inceptionspec.utils.atomic_write import unwritable

MODULE = "inceptionspec.training.workers.worker"
LOGS = "workers"
GRACE_SECONDS = 10.0
"""For the others to end by themselves after one has ended early; then they are killed."""
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""Two processes cannot share a GPU, and one uses all of a machine with ``mirrored``."""


@dataclasses.dataclass(slots=True)
class _Worker:
    """A process, and what it said last."""

    rank: int
    process: subprocess.Popen[str]
    log: Path
    last: dict[str, Any] = dataclasses.field(default_factory=dict)
    running: bool = True


def train_with_workers(
    run: Run,
    count: int,
    *,
    saving: Saving,
    watch: Callable[[Moment], None],
    foretell: Callable[[Forecast], None] | None,
) -> TrainingResult:
    """Carry out a run by several processes on this machine.

    Args:
        run: what is done. Its data must be in a file or folder.
        count: how many processes.
        saving: when checkpoints are written.
        watch: is told of steps, as ``train`` does.
        foretell: is told how long the run will take, likewise.

    Raises:
        SpecError: what a worker found; or one ended early (E0920). The others have ended, too.
        KeyboardInterrupt, SystemExit: after the workers finished their step and saved.
    """
    request = {
        "folder": str(run.folder),
        "saving": dataclasses.asdict(saving),
        "foretells": foretell is not None,
    }
    with _started(run, count, request) as workers:
        _Watch(run, workers, watch, foretell).until_all_ended()
        return _result(run, workers)


@contextmanager
def _started(run: Run, count: int, request: dict[str, Any]) -> Iterator[list[_Worker]]:
    """Processes that are there until the block ends, however that is."""
    ports = free_ports(count)
    threads = max((os.cpu_count() or count) // count, 1)
    workers: list[_Worker] = []
    folder = run.folder / LOGS
    try:
        folder.mkdir(exist_ok=True)
        for rank in range(count):
            environment = {
                **os.environ,
                **_NO_GPU,
                "TF_NUM_INTRAOP_THREADS": str(threads),
                VARIABLE: tf_config(local_cluster(ports, rank)),
            }
            log = folder / f"worker-{rank}.log"
            with open(log, "ab") as errors:
                process = start_child(MODULE, environment=environment, errors=errors)
            workers.append(_Worker(rank, process, log))
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # its end tells why
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
        yield workers
    except OSError as error:
        raise unwritable(str(folder), run.place, error) from None
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.kill()
            worker.process.wait()
            for pipe in (worker.process.stdin, worker.process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


class _Watch:
    """Listens to the workers until all have ended."""

    def __init__(
        self,
        run: Run,
        workers: list[_Worker],
        watch: Callable[[Moment], None],
        foretell: Callable[[Forecast], None] | None,
    ) -> None:
        self._run = run
        self._workers = workers
        self._watch = watch
        self._foretell = foretell
        self._early: list[_Worker] = []
        self._deadline: float | None = None
        self._messages: queue.SimpleQueue[tuple[_Worker, str | None]] = queue.SimpleQueue()
        for worker in workers:
            threading.Thread(target=self._read, args=(worker,), daemon=True).start()

    def until_all_ended(self) -> None:
        """Pass on what the chief tells; end all when one has ended early.

        Raises:
            SpecError: as ``train_with_workers``.
        """
        try:
            self._listen()
        except (KeyboardInterrupt, SystemExit):
            # The chief finishes its step, and tells the others. A second signal kills them.
            with suppress(ProcessLookupError):
                self._workers[0].process.send_signal(signal.SIGTERM)
            self._listen()
            raise
        if self._early:
            raise self._error()

    def _read(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        with suppress(OSError, ValueError):
            for line in worker.process.stdout:
                self._messages.put((worker, line))
        self._messages.put((worker, None))

    def _listen(self) -> None:
        while any(worker.running for worker in self._workers):
            left = None if self._deadline is None else max(self._deadline - time.monotonic(), 0)
            try:
                worker, line = self._messages.get(timeout=left)
            except queue.Empty:
                self._deadline = None
                for one in self._workers:
                    if one.running:
                        one.process.kill()
                continue
            if line is None:
                self._end(worker)
                continue
            message = json.loads(line)
            if message["is"] == MOMENT:
                self._watch(Moment(**message["moment"]))
            elif message["is"] == FORECAST:
                if self._foretell is not None:
                    self._foretell(Forecast(**message["forecast"]))
            else:
                worker.last = message

    def _end(self, worker: _Worker) -> None:
        worker.running = False
        worker.process.wait()
        ended_well = worker.last.get("is") in (DONE, ENDED)
        if not ended_well:
            self._early.append(worker)
        # A chief that was told to end still saves when the others have ended.
        if self._deadline is None and (not ended_well or worker.rank == 0):
            self._deadline = time.monotonic() + GRACE_SECONDS

    def _error(self) -> SpecError:
        """What the first worker found that ended early, or how it ended."""
        for worker in self._early:
            found = [finding_of(data) for data in worker.last.get("findings", ())]
            if found and all(one.code != "E0920" for one in found):
                return SpecError(found)
        first = next((one for one in self._early if not one.last), self._early[0])
        code = first.process.returncode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        steps = Checkpoints(self._run.folder, 1, self._run.place).steps()
        folder = sanitize(short_path(str(self._run.folder)))
        way_on = (
            f"the checkpoint of step {steps[-1]:,} is whole: `specbuild train --resume {folder}` "
            "goes on from it, with the same or another number of `--workers`"
            if steps
            else "no checkpoint was written yet: remove the folder, and start again"
        )
        last = _last_line(first.log)
        return spec_error(
            "E0920",
            f"worker {first.rank} (process {first.process.pid}) {how}; the others were stopped",
            self._run.place,
            way_on,
            f"its messages are in `{sanitize(short_path(str(first.log)))}`",
            notes=(f"it printed last: {last}",) if last and code != -signal.SIGKILL else (),
        )


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text(errors="replace")[-2_000:].strip().splitlines()
        return sanitize(shortened(lines[-1], 160)) if lines else ""
    return ""


def _result(run: Run, workers: list[_Worker]) -> TrainingResult:
    """What the chief says, with the pictures that any of them could not use."""
    chief = workers[0].last
    bad: dict[str, str] = {}
    for worker in workers:
        bad |= worker.last["bad_pictures"]
    return TrainingResult(
        run.folder, chief["steps"], chief["validation"], chief["best"], bad, Path(chief["weights"])
    )
