"""Shares of a sweep as tasks of a Dask cluster.

A task takes texts and yields a text, so that workers need no file and no state. What all tasks
have in common is sent to each worker once, and what a worker has read of it, it remembers for the
next task of the same sweep. Dask gives the share of a lost worker to another.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Self

from inceptionspec._version import __version__
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.sweep.evaluate import Evaluator, Outcome, Task
from inceptionspec.sweep.share import (
    Share,
    answer_text,
    outcomes_of,
    outcomes_of_share,
    task_of,
    task_text,
)
from inceptionspec.sweep.teams import AHEAD, in_order

EXTRA = "dask"
_TIMEOUT = "10s"
"""How long a scheduler may take to answer."""


class DaskTeam:
    """The workers of a cluster that is there."""

    def __init__(self, task: Task, address: str) -> None:
        """Connect, and refuse workers that would answer differently.

        Raises:
            SpecError: Dask is not installed (E0704), no scheduler answers, it has no workers, or
                they have no specbuild or another version (E0936).
        """
        self._place = external(f"--scheduler {shortened(address, 80)}")
        self._client = _client(address, self._place)
        try:
            self._workers = self._checked_workers()
            # A task of its own, which is done again where no worker has its result any more.
            self._task = self._client.submit(str, task_text(task), pure=False)
        except BaseException:
            self._client.close()
            raise

    def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
        """Shares side by side; answers are yielded in order.

        Raises:
            SpecError: the cluster is gone, or workers died of a share (E0936).
        """

        def submit(share: Share) -> Any:
            return self._client.submit(_answer, self._task, json.dumps(share), pure=False)

        try:
            for text in in_order(shares, submit, self._workers * AHEAD):
                yield outcomes_of(text)
        except (SpecError, GeneratorExit, KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            raise self._lost(error) from None

    def _checked_workers(self) -> int:
        """How many workers there are, all of this version."""
        try:
            versions = self._client.run(_version)
        except ImportError as error:
            message = "a worker of the cluster has no specbuild, or an old one"
            help_ = "install one version on all machines"
            reason = shortened(sanitize(str(error)), 160)
            raise spec_error("E0936", message, self._place, help_, notes=(reason,)) from None
        except OSError as error:
            raise self._lost(error) from None
        if not versions:
            help_ = "start one: `dask worker ADDRESS`, where specbuild is installed"
            raise spec_error("E0936", "the cluster has no worker", self._place, help_)
        for worker, version in sorted(versions.items()):
            if version != __version__:
                shown = shortened(sanitize(str(worker)), 80)
                raise spec_error(
                    "E0936",
                    f"the worker {shown} has specbuild {version}, and this is {__version__}",
                    self._place,
                    "install one version on all machines",
                )
        return len(versions)

    def _lost(self, error: BaseException) -> SpecError:
        reason = shortened(sanitize(" ".join(str(error).split())) or type(error).__name__, 160)
        return spec_error(
            "E0936",
            f"the cluster did not finish the sweep: {reason}",
            self._place,
            "the variants before it are kept with `--out`: run the same command again to go on",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the cluster, which stays; what waits there is dropped."""
        with contextlib.suppress(Exception):
            self._client.close()


def _client(address: str, place: Span) -> Any:
    with packages("dask", "distributed", extra=EXTRA, use="sweeps on a cluster need it"):
        from distributed import Client
        from distributed.comm import get_address_host_port
    try:
        get_address_host_port(address, strict=True)  # a client of no address ends loudly
        return Client(address, timeout=_TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = shortened(sanitize(" ".join(str(error).split())), 160)
        message = f"no scheduler of Dask answers at `{shortened(address, 80)}`"
        help_ = "start one with `dask scheduler`, and name the address that it prints"
        raise spec_error("E0936", message, place, help_, notes=(reason,)) from None


_own = threading.local()
"""The evaluator of each thread of a worker, and the task that it is for."""


def _answer(task: str, share: str) -> str:
    """On a worker: what the variants of a share come to."""
    if getattr(_own, "task", None) != task:
        _own.task, _own.evaluator = task, Evaluator(task_of(task))
    return answer_text(outcomes_of_share(_own.evaluator, json.loads(share)))


def _version() -> str:
    """On a worker: its version of this package."""
    return __version__
