"""Other workers are watched by their ports."""

from __future__ import annotations

import socket
import threading

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.strategies import peers
from inceptionspec.training.strategies.cluster import Cluster, free_ports, local_cluster
from inceptionspec.training.strategies.peers import Peers, is_reachable, worker_lost


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(peers, "_GRACE_SECONDS", 0.01)


def watched(cluster: Cluster) -> tuple[Peers, list[SpecError], threading.Event]:
    told: list[SpecError] = []
    done = threading.Event()

    def lost(error: SpecError) -> None:
        told.append(error)
        done.set()

    watch = Peers(cluster, lost)
    watch.start()
    return watch, told, done


def test_a_worker_whose_port_closes_is_lost() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        cluster = local_cluster([*free_ports(1), other.getsockname()[1]])
        assert is_reachable(cluster, 1)
        _, told, done = watched(cluster)
        assert not done.wait(0.1)
    assert done.wait(60)
    (found,) = told[0].findings
    assert found.code == "E0920"
    port = cluster.addresses[1][1]
    assert found.message.startswith(f"worker 1 (127.0.0.1:{port}) ended before training did")


def test_nothing_is_said_of_workers_that_end_with_the_run() -> None:
    cluster = local_cluster(free_ports(2), rank=1)
    watch, told, _ = watched(cluster)
    watch.stop()
    assert told == []


def test_what_is_unknown_is_not_named() -> None:
    (found,) = worker_lost(local_cluster([1, 2]), []).findings
    assert found.message == "another worker ended before training did, or cannot be reached"
