"""How a piece of `bench_networks.py` is measured: its sides made ready, and their turns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

from performance_figures import NARROW
from performance_pieces import (
    ONNXRUNTIME,
    Contender,
    Piece,
    as_installed,
    installed_sides,
)

from inceptionspec import load, loads
from inceptionspec.backends.engines import ENGINES, FLOAT32, INT8
from inceptionspec.bench.lowering import cost, quantized
from inceptionspec.bench.machine.cpu_time import PROC
from inceptionspec.bench.machine.memory import available_bytes, peak_bytes
from inceptionspec.bench.measure.noise import noise
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.memory_estimate import estimate_memory
from inceptionspec.bench.request.opponent import opponent, opponent_request
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.rounds import Side, Watch, in_turn, ratio_to
from inceptionspec.bench.workers.process import Process, WorkerError
from inceptionspec.bench.workers.session import Session
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.engines.available import available
from inceptionspec.engines.order import processor_kind
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.processor import usable_cores

ROUNDS, LEAST_ROUNDS, MOST_ROUNDS = 20, 5, 60
PREPARING_SECONDS = 240.0
#: Steps before those that count; with more images than these the step that plans a turn is enough.
WARM_STEPS, FEW = 3, 8
SHARE_OF_MEMORY = 0.8


def up_to_logits(name: str) -> LoadedSpec:
    """A built-in network without its softmax, which would hide how far outputs are apart."""
    network = load(name)
    text = f"spec: 1\nname: {network.loaded.name}\nextends: {name}\n"
    return loads(f"{text}heads: {{{network.graph.main}: {{predictions: null}}}}\n").loaded


class LoweredJobs:
    """What the sides of a network need below float32, found out once for all of its batches."""

    def __init__(self, processes: ExitStack) -> None:
        self.processes = processes
        self._quantizing: dict[Contender, Process] = {}
        self._costs: dict[Contender, PrecisionCost] = {}

    def of(
        self, side: Contender, request: BenchRequest, job: Job
    ) -> tuple[Job, PrecisionCost | None]:
        """The job of a side with its file of integers, and what its precision costs."""
        if not request.lowering.lowers:
            return job, None
        process = self._quantizing.get(side)
        if process is None and side not in self._costs:
            process = self.processes.enter_context(Process(worker_variables(request)))
        if process is not None and side.precision == INT8:
            job = quantized(process, job)
        if process is not None and side not in self._costs:
            self._costs[side] = cost(process, job)
            if side.precision == INT8:
                self._quantizing[side] = process
            else:
                process.end()
        return job, self._costs[side]


class Measurement:
    """A piece under way: its sides, each in a process of its own, and what was measured."""

    def __init__(
        self,
        piece: Piece,
        threads: int | None,
        processes: ExitStack,
        jobs: LoweredJobs,
        *,
        real_time: bool,
        most_rounds: int,
    ) -> None:
        self.piece, self.threads, self.processes = piece, threads, processes
        self.jobs, self.real_time, self.most_rounds = jobs, real_time, most_rounds
        self.network = up_to_logits(piece.network)
        self.sides: dict[Contender, Side] = {}
        self.failures: dict[Contender, str] = {}
        self.rounds = 0

    def request(self, side: Contender) -> BenchRequest:
        """What a side is asked to do."""
        onednn = ENGINES[side.engine].made_for_onednn or None  # the Keras model is as installed
        return BenchRequest(
            engine=side.engine, onednn=onednn, batch=self.piece.batch, threads=self.threads,
            passes=side.passes, precision=side.precision, any_deviation=True,
        )  # fmt: skip

    def fitting(self, sides: Sequence[Contender]) -> list[Contender]:
        """The first of some sides, as many as fit into memory at once."""
        left = (available_bytes() or 0) * SHARE_OF_MEMORY
        fit: list[Contender] = []
        for side in sides:
            request = self.request(side)
            target = request.target(self.network)
            left -= estimate_memory(self.network, request, target).of(self.piece.batch)
            if left < 0 and fit:
                break
            fit.append(side)
        return fit

    def start(self, sides: Sequence[Contender], seconds: float) -> None:
        """Make sides ready, as many at a time as there are cores."""
        ends = time.monotonic() + seconds
        with ThreadPoolExecutor(usable_cores()) as pool:
            list(pool.map(lambda side: self._start(side, ends), sides))

    def _start(self, side: Contender, ends: float) -> None:
        def ready() -> None:
            request = self.request(side)
            if side.application:
                name = f"keras:{side.application}"
                request = opponent_request(name, request, None)
                job = opponent(name, self.network, request, lambda other: load(other).loaded).job
            else:
                job = request.job(self.network, same_weights=True)
            job, found = self.jobs.of(side, request, job)
            process = self.processes.enter_context(Process(worker_variables(request)))
            target = request.target(self.network)
            session = Session(process, job, self.network, target, side.name)
            session.cost = found
            with process.deadline(max(ends - time.monotonic(), 1.0)):
                session.prepare()
                session.warm(WARM_STEPS if self.piece.batch <= FEW else 0)
                self.sides[side] = Side(session)

        self._guarded(side, ready)

    def compare_outputs(self, base: Contender) -> dict[Contender, float | None]:
        """The deviation of each side's outputs from one's; None where it has no such outputs.

        It is the largest difference over the largest magnitude.
        """
        found: dict[Contender, float | None] = {}
        source = self.sides.get(base)
        if source is None or not source.session.ready["outputs"]:
            return found
        file = str(Path(source.session.process.folder, "outputs.npz"))
        source.session.process.ask({"do": "outputs", "file": file, "against": False})
        for side, running in list(self.sides.items()):
            if running.session.ready["outputs"]:

                def compare(side: Contender = side, running: Side = running) -> None:
                    request = {"do": "outputs", "file": file, "against": True}
                    found[side] = running.session.process.ask(request)["deviation"]

                self._guarded(side, compare)
        return found

    def take_turns(self, installed: Sequence[Contender], seconds: float) -> None:
        """Run rounds until every interval is narrow, or the time is up."""
        ends, longest = time.monotonic() + seconds, 0.0
        while self.sides and self.rounds < self.most_rounds and time.monotonic() + longest < ends:
            if self.rounds >= ROUNDS and self.rounds % 5 == 0 and self._narrow(installed):
                return
            began = time.monotonic()
            for side in in_turn(list(self.sides), self.rounds):
                self._guarded(side, partial(self._turn, self.sides[side]))
            self.rounds += 1
            longest = time.monotonic() - began

    def _turn(self, side: Side) -> None:
        if not self.real_time:
            side.turn(self.rounds)
            return
        began = time.monotonic()
        with cores_for(side.session.process.pid):
            side.turn(self.rounds)
        time.sleep(time.monotonic() - began)

    def _narrow(self, installed: Sequence[Contender]) -> bool:
        ratios = [
            ratio_to(self.sides[base], side)
            for base in installed
            if base in self.sides
            for side in self.sides.values()
        ]
        return all(ratio is not None and ratio.half_width <= NARROW for ratio in ratios)

    def _against_plain(self, side: Contender) -> list[float | None] | None:
        """The ratio against the same engine with the graph as it is."""
        plain = as_installed(self.piece.network, side.engine)
        if plain not in self.sides or side.application or side.precision != FLOAT32:
            return None
        ratio = ratio_to(self.sides[plain], self.sides[side])
        return ratio and [_rounded(each) for each in ratio]

    def _guarded(self, side: Contender, work: Callable[[], object]) -> None:
        """Do something that may fail: then the side is left out, with the reason."""
        try:
            work()
        except TimeoutError:
            self.failures[side] = "not ready in time"
        except SpecError as error:
            self.failures[side] = error.findings[0].message
        except WorkerError as error:
            self.failures[side] = str(error).partition("\n")[0]
        if side in self.failures:
            self.sides.pop(side, None)

    def rows(
        self,
        chosen: str,
        sides: Sequence[Contender],
        installed: Mapping[str, Contender],
        deviations: Mapping[Contender, float | None],
        facts: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """What is kept of the sides of a set, and of the frameworks as they are installed."""
        found = []
        for side, running in self.sides.items():
            if side not in sides and side not in installed.values():
                continue
            session = running.session
            ratios = {
                key: ratio_to(self.sides[base], running)
                for key, base in installed.items()
                if base in self.sides
            }
            found.append(
                {
                    "network": self.piece.network,
                    "batch": self.piece.batch,
                    "set": chosen,
                    "side": side.name,
                    "precision": side.precision,
                    "seconds": _rounded(median(running.turns.values())),
                    "processor_seconds": _rounded(
                        session.used_seconds() / len(session.durations)
                    ),
                    **{key: ratio and [_rounded(each) for each in ratio]
                       for key, ratio in ratios.items()},
                    "plain": self._against_plain(side),
                    "rounds": self.rounds,
                    "peak_bytes": peak_bytes(PROC / str(session.process.pid) / "status"),
                    "deviation": _rounded(deviations.get(side)),
                    **_cost(session),
                    **facts,
                }
            )  # fmt: skip
        return found


def _cost(session: Session) -> dict[str, Any]:
    """What a precision below float32 costs, where a side has one."""
    if session.cost is None:
        return {}
    cost = session.cost
    return {
        "largest": _rounded(cost.largest),
        "mean": _rounded(cost.mean),
        "agreement": _rounded(cost.agreement),
    }


@contextmanager
def cores_for(pid: int) -> Iterator[None]:
    """Let the threads of a process run before all others, of this machine's other programs, too."""
    tasks = [int(task.name) for task in Path("/proc", str(pid), "task").iterdir()]
    try:
        for task in tasks:
            os.sched_setscheduler(task, os.SCHED_RR, os.sched_param(1))
        yield
    except PermissionError:
        raise SystemExit("--real-time needs the rights of root") from None
    finally:
        for task in tasks:
            with suppress(ProcessLookupError):  # it has ended
                os.sched_setscheduler(task, os.SCHED_OTHER, os.sched_param(0))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def measure(
    piece: Piece,
    sets: Mapping[str, Sequence[Contender]],
    threads: int | None,
    seconds: float,
    jobs: LoweredJobs,
    *,
    real_time: bool,
    most_rounds: int = MOST_ROUNDS,
) -> tuple[list[dict[str, Any]], Mapping[Contender, str], dict[str, list[Contender]]]:
    """Measure as many sides of a piece as fit into memory, next to the installed frameworks.

    Args:
        sets: the sides that are wanted, by the set that they are of.

    Returns:
        their rows, why sides were left out, and the sides that did not fit, by their set.
    """
    began = time.monotonic()
    installed = {
        key: side
        for key, side in installed_sides(piece.network).items()
        if side.engine in available()
    }
    with ExitStack() as processes:
        work = Measurement(
            piece, threads, processes, jobs, real_time=real_time, most_rounds=most_rounds
        )
        wanted = list(dict.fromkeys([*installed.values(), *chain.from_iterable(sets.values())]))
        chosen = work.fitting(wanted)
        work.start(chosen, min(PREPARING_SECONDS, 0.6 * seconds))
        deviations = work.compare_outputs(installed.get(ONNXRUNTIME, wanted[0]))
        watch = Watch(work.sides.values())
        work.take_turns(list(installed.values()), seconds - (time.monotonic() - began))
        facts = {
            "processor": processor_kind(),
            "real_time": real_time,
            "noise": list(noise((1.0,) * 4, watch.observed())),
            "when": datetime.now().astimezone().isoformat(timespec="minutes"),
        }
        left = {
            name: found
            for name, sides in sets.items()
            if (found := [side for side in sides if side not in chosen])
        }
        if work.rounds < LEAST_ROUNDS:
            rest = dict.fromkeys(work.sides, f"only {work.rounds} rounds in time")
            return [], {**rest, **work.failures}, left
        rows = [
            row
            for name, sides in sets.items()
            if not work.sides.keys().isdisjoint(sides)
            for row in work.rows(name, sides, installed, deviations, facts)
        ]
        return rows, work.failures, left
