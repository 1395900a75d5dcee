"""A worker that takes no time: what it would take is written down beforehand."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from inceptionspec.bench.measure.loop import Warmup
from inceptionspec.bench.request.job import Job


class FakeProcess:
    """Stands for ``process.Process``; ``times`` gives a job's durations, one after another.

    ``log`` has every turn of every worker, in order.
    """

    times: Callable[[Job], Iterator[float]]
    log: list[tuple[str, int]]
    agreement: Mapping[str, Any]
    interrupt_after: int | None
    live: int

    def __init__(self, environment: Mapping[str, str] = {}) -> None:
        self.environment = environment
        self.pid = os.getpid()
        self.folder = os.devnull
        type(self).live += 1

    def __enter__(self) -> FakeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        type(self).live -= 1

    def prepare(self, job: Job) -> dict[str, Any]:
        self.name = f"{job.side}:{job.engine}"
        self.taken = type(self).times(job)
        return {
            "environment": ENVIRONMENT,
            "facts": {},
            "outputs": True,
            "prepare_seconds": 1.0,
            "trace_seconds": 0.5,
        }

    def first(self) -> float:
        return next(self.taken)

    def warm(self, steps: int | None, heard: Callable[[float], None]) -> dict[str, Any]:
        def told() -> Iterator[float]:
            for one in self.taken:
                heard(one)
                yield one

        return Warmup(steps).run(told())._asdict()

    def run(self, steps: int, heard: Callable[[float], None], seconds: float = 0.0) -> None:
        type(self).log.append((self.name, steps))
        for one in itertools.islice(self.taken, steps):
            after = type(self).interrupt_after
            if after is not None and len(type(self).log) > after:
                raise KeyboardInterrupt
            heard(one)

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        type(self).log.append((self.name, 0))
        return type(self).agreement

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        yield


ENVIRONMENT: dict[str, Any] = {
    "cores": {"logical": 4, "physical": None},
    "cpu": "A processor\x1b[31m of some maker",
    "dtype": "float32",
    "gpus": [],
    "inceptionspec": "0.1.0",
    "keras": "3.15.1",
    "load_average": [0.5, 0.25, 0.0],
    "onnxruntime": None,
    "onednn": {"TF_ENABLE_ONEDNN_OPTS": "1", "effective": True},
    "platform": "Linux-6.18-x86_64-with-glibc2.36",
    "python": "3.11.7",
    "tensorflow": "2.21.0",
    "threads": {"OMP_NUM_THREADS": None, "inter_op": 0, "intra_op": 2},
    "xla": {"TF_XLA_FLAGS": None, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false " * 4},
}


def fake(
    times: Callable[[Job], Iterator[float]],
    *,
    agreement: Mapping[str, Any] | None = None,
    interrupt_after: int | None = None,
) -> type[FakeProcess]:
    """A class of fake workers with a log of their own.

    Args:
        interrupt_after: the turn in which Ctrl-C comes.
    """
    members = {
        "times": staticmethod(times),
        "log": [],
        "agreement": agreement or {"deviation": 0.0, "telling": True},
        "interrupt_after": interrupt_after,
        "live": 0,
    }
    return type("Fake", (FakeProcess,), members)
