"""Whether the other workers are still there.

TensorFlow tells of a worker that is gone by its next operation, and now and then not at all:
then the operation waits for ever. So each worker also tries to connect to the port of the chief,
and the chief to those of all others.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.training.strategies.cluster import Cluster, address_text

LOST_SECONDS = 60.0
"""Within this time of a worker's end, the others have ended."""
_EVERY_SECONDS = 2.0
CONNECT_SECONDS = 5.0
_TRIES = 3
_GRACE_SECONDS = 10.0
"""For TensorFlow to tell by itself, which says more."""

#: Is told what happened, and ends the process: its main thread may wait for ever.
OnLost = Callable[[SpecError], None]


def end_process(error: SpecError) -> None:
    """Say what happened, and end this process, whatever its main thread waits for."""
    (found,) = error.findings
    lines = [f"error[{found.code}]: {found.message}"]
    lines += [f"  = help: {text}" for text in found.helps]
    with suppress(OSError, ValueError):
        sys.stderr.write("\n".join([*lines, ""]))
        sys.stderr.flush()
    os._exit(error.exit_code)


class Peers:
    """Watches over the other workers, in a thread of its own."""

    def __init__(self, cluster: Cluster, on_lost: OnLost) -> None:
        """Say who is watched; nothing begins yet.

        Args:
            cluster: the workers.
            on_lost: is called once, from the thread, when one is lost.
        """
        self._cluster = cluster
        self._on_lost = on_lost
        self._end = threading.Event()
        self._writing = threading.Lock()
        self._others = range(1, cluster.count) if cluster.is_chief else range(1)

    @property
    def writing(self) -> threading.Lock:
        """Is held while a file is written that must be written whole."""
        return self._writing

    def start(self) -> None:
        """Begin to watch: all are there."""
        threading.Thread(target=self._watch, name="peers", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer: the others may end now."""
        self._end.set()

    def _watch(self) -> None:
        failures = dict.fromkeys(self._others, 0)
        while not self._end.wait(_EVERY_SECONDS):
            for rank in self._others:
                here = is_reachable(self._cluster, rank)
                failures[rank] = 0 if here else failures[rank] + 1
            lost = [rank for rank, count in failures.items() if count >= _TRIES]
            if lost and not self._end.wait(_GRACE_SECONDS):
                self._report(worker_lost(self._cluster, lost))
                return

    def _report(self, error: SpecError) -> None:
        with self._writing:
            if not self._end.is_set():
                self._on_lost(error)


def is_reachable(cluster: Cluster, rank: int) -> bool:
    """Whether a worker listens on its port."""
    try:
        with socket.create_connection(cluster.addresses[rank], CONNECT_SECONDS):
            return True
    except OSError:
        return False


def worker_lost(cluster: Cluster, lost: Sequence[int], *, note: str = "") -> SpecError:
    """The error of workers that others wait for (E0920).

    Args:
        cluster: the workers.
        lost: those that are gone; empty where that is not known.
        note: what TensorFlow says.
    """
    who = named(cluster, lost) if lost else "another worker"
    return spec_error(
        "E0920",
        f"{who} ended before training did, or cannot be reached",
        external(f"worker {cluster.rank} of {cluster.count}"),
        "its own messages say why; the others have stopped, too",
        notes=(note,) if note else (),
    )


def named(cluster: Cluster, ranks: Sequence[int]) -> str:
    """Workers by rank and address."""
    shown = [f"{rank} ({address_text(*cluster.addresses[rank])})" for rank in ranks[:4]]
    more = [f"{len(ranks) - 4} more"] if len(ranks) > 4 else []
    return f"worker{'s' if len(ranks) > 1 else ''} {', '.join([*shown, *more])}"
