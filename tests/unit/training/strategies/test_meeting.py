"""Workers greet each other before TensorFlow waits for them."""

from __future__ import annotations

import socket
import threading

import pytest

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.training.strategies import meeting
from inceptionspec.training.strategies.cluster import (
    Cluster,
    free_ports,
    local_cluster,
    socket_on_port,
)
from inceptionspec.training.strategies.meeting import meet


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "_AGAIN_SECONDS", 0.01)


def refused(cluster: Cluster) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        meet(cluster)
    (found,) = caught.value.findings
    return found


@pytest.mark.parametrize("count", [2, 3])
def test_all_meet_and_leave_their_ports(count: int) -> None:
    ports = free_ports(count)
    met: list[int] = []

    def come(rank: int) -> None:
        meet(local_cluster(ports, rank))
        met.append(rank)

    threads = [threading.Thread(target=come, args=(rank,), daemon=True) for rank in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(met) == list(range(count))
    for rank in range(count):
        socket_on_port(local_cluster(ports, rank)).close()


def test_who_never_comes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "START_SECONDS", 0.0)
    found = refused(local_cluster(free_ports(3)))
    assert found.code == "E0920"
    assert "workers 1 (127" in found.message
    assert "did not start within 0 minutes" in found.message


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])
def test_another_program_on_a_port_is_no_worker(
    says: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "START_SECONDS", 0.0)
    monkeypatch.setattr(meeting, "CONNECT_SECONDS", 0.1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def answer() -> None:
            visitor, _ = other.accept()
            with visitor:
                visitor.sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        found = refused(local_cluster([free_ports(1)[0], other.getsockname()[1]]))
    assert (found.code, "worker 1 (127" in found.message) == ("E0920", True)


def test_a_port_that_was_taken_in_the_meantime_is_a_finding() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert refused(local_cluster([other.getsockname()[1], 1])).code == "E0922"
