"""Workers meet before TensorFlow waits for them.

TensorFlow waits for an hour, in native code that holds Python's lock: no signal is heard there and
no thread runs. It also takes any program on a port for a worker. So workers greet each other first.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.training.strategies.cluster import Cluster, socket_on_port
from inceptionspec.training.strategies.peers import CONNECT_SECONDS, named

START_SECONDS = 600.0
"""How long workers wait for each other at the start."""
_AGAIN_SECONDS = 0.5
_RANK_BYTES = 4
_GREETING = b"inceptionspec worker"


def meet(cluster: Cluster) -> None:
    """Wait until every worker has greeted every other.

    A worker leaves when it has greeted all and been greeted by all, so that none comes too late.

    Raises:
        SpecError: one does not come in time (E0920), or this worker's port is taken (E0922).
    """
    others = [rank for rank in range(cluster.count) if rank != cluster.rank]
    ends = time.monotonic() + START_SECONDS
    visitors = _Visitors(cluster)
    try:
        greeted: set[int] = set()
        while True:
            greeted |= {rank for rank in others if rank not in greeted and _greet(cluster, rank)}
            missing = [rank for rank in others if rank not in greeted & visitors.ranks]
            if not missing:
                return
            if time.monotonic() > ends:
                raise _never_came(cluster, missing)
            time.sleep(_AGAIN_SECONDS)
    finally:
        visitors.close()


class _Visitors:
    """Listens on this worker's port, and greets who comes, in a thread of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self.ranks: set[int] = set()
        self._greeting = _GREETING + cluster.rank.to_bytes(_RANK_BYTES, "big")
        self._listening = socket_on_port(cluster)
        self._listening.listen(cluster.count)
        self._thread = threading.Thread(target=self._greet, name="visitors", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Free the port for TensorFlow."""
        self._listening.shutdown(socket.SHUT_RDWR)  # closing alone does not end a wait for visitors
        self._thread.join()
        self._listening.close()

    def _greet(self) -> None:
        while True:
            try:
                visitor, _ = self._listening.accept()
            except OSError:
                return
            with visitor, suppress(OSError):
                visitor.settimeout(CONNECT_SECONDS)
                visitor.sendall(self._greeting)
                rank = _rank_in(visitor)
                if rank is not None:
                    self.ranks.add(rank)


def _greet(cluster: Cluster, rank: int) -> bool:
    """Whether it is that worker that listens on its port."""
    try:
        with socket.create_connection(cluster.addresses[rank], CONNECT_SECONDS) as host:
            if _rank_in(host) != rank:
                return False
            host.sendall(_GREETING + cluster.rank.to_bytes(_RANK_BYTES, "big"))
            return True
    except OSError:
        return False


def _rank_in(connection: socket.socket) -> int | None:
    """The rank in the other side's greeting; None where it says something else."""
    size = len(_GREETING) + _RANK_BYTES
    text = connection.recv(size, socket.MSG_WAITALL)
    if len(text) != size or not text.startswith(_GREETING):
        return None
    return int.from_bytes(text[len(_GREETING) :], "big")


def _never_came(cluster: Cluster, missing: Sequence[int]) -> SpecError:
    return spec_error(
        "E0920",
        f"{named(cluster, missing)} did not start within {START_SECONDS / 60:.0f} minutes",
        external(f"worker {cluster.rank} of {cluster.count}"),
        "start the same command on every machine, with the same list of addresses, and let "
        "machines reach each other's ports",
    )
