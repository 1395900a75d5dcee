"""Who evaluates the shares of a sweep: this process, or some processes of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Protocol, Self, TypeVar

from inceptionspec.bench.machine.child import start_child
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.sweep.evaluate import Evaluator, Outcome, Task
from inceptionspec.sweep.share import Share, outcomes_of, outcomes_of_share, task_text

_T_co = TypeVar("_T_co", covariant=True)
MODULE = "inceptionspec.sweep.worker"
AHEAD = 4
"""The shares that wait for each worker, at most: what is done early is kept in memory."""
_TRIES = 3
"""How often a share is given to a process before the sweep ends: each time one died of it."""


class Team(Protocol):
    """Evaluates shares."""

    def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
        """What each share comes to, in the order of the shares, whoever is done first."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Alone:
    """This process."""

    def __init__(self, task: Task) -> None:
        self._evaluator = Evaluator(task)

    def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
        """One share after the other."""
        for share in shares:
            yield list(outcomes_of_share(self._evaluator, share))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is left open."""


class LocalTeam:
    """Some processes of this machine; one that dies is replaced, and its share done again."""

    def __init__(self, task: Task, workers: int) -> None:
        self._text = task_text(task) + "\n"
        self._workers = workers
        self._threads = ThreadPoolExecutor(workers)
        self._own = threading.local()
        self._children: set[subprocess.Popen[str]] = set()
        self._ended = False

    def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
        """Shares side by side; answers are yielded in order."""
        return in_order(
            shares, lambda share: self._threads.submit(self._answer, share), self._workers * AHEAD
        )

    def _answer(self, share: Share) -> list[Outcome]:
        """Ask the process of this thread."""
        for _ in range(_TRIES):
            child = self._child()
            with contextlib.suppress(BrokenPipeError, ValueError):
                assert child.stdin is not None
                assert child.stdout is not None
                child.stdin.write(json.dumps(share) + "\n")
                child.stdin.flush()
                line = child.stdout.readline()
                if line.endswith("\n"):
                    return outcomes_of(line)
            self._own.child = None
            if self._ended:
                break
            self._end(child)
        message = "a worker of the sweep ended early"
        raise spec_error(
            "E0937",
            message,
            f"{MODULE} (process {child.pid})",
            "the system may have run out of memory: use fewer `--workers`",
            "the variants before it are kept: run the same command again to go on",
        )

    def _child(self) -> subprocess.Popen[str]:
        child: subprocess.Popen[str] | None = getattr(self._own, "child", None)
        if child is None:
            child = start_child(MODULE, environment=os.environ, errors=sys.stderr)
            self._children.add(child)
            self._own.child = child
            with contextlib.suppress(BrokenPipeError):  # the missing answer tells
                assert child.stdin is not None
                child.stdin.write(self._text)
        return child

    def _end(self, child: subprocess.Popen[str]) -> None:
        child.kill()
        child.wait()
        self._children.discard(child)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End all processes, whatever they are doing."""
        self._ended = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in list(self._children):
            child.kill()
        self._threads.shutdown()
        for child in list(self._children):
            self._end(child)


class _Answer(Protocol[_T_co]):
    """What comes of a share some time, as futures are."""

    def result(self) -> _T_co: ...


def in_order(
    shares: Iterable[Share], submit: Callable[[Share], _Answer[_T_co]], ahead: int
) -> Iterator[_T_co]:
    """Answers in the order of their shares, of which some are under way at a time."""
    waiting: deque[_Answer[_T_co]] = deque()
    source = iter(shares)
    waiting.extend(map(submit, islice(source, ahead)))
    while waiting:
        answer = waiting.popleft().result()
        waiting.extend(map(submit, islice(source, 1)))
        yield answer
