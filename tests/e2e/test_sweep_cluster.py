"""A sweep on a Dask cluster of worker processes on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.evaluate import Outcome
from inceptionspec.sweep.journal import journal_path
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.run import Request, run
from inceptionspec.sweep.share import Share

distributed = pytest.importorskip("distributed", reason="Dask is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")

from inceptionspec.sweep.dask_team import DaskTeam  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


def request_of(folder: Path, **more: Any) -> Request:
    bases = (open_base_spec("inception_v1"),)
    settings = ("width=0.2..1:0.1", "input=150..256:2", "idle=1")
    text = [parse_setting(one) for one in settings[:2]]
    return Request(bases, find_knobs(text, bases), folder=str(folder), documents=True, **more)


def test_rows_are_those_of_this_machine_even_when_a_worker_is_killed(
    cluster: Any, tmp_path: Path
) -> None:
    local = request_of(tmp_path / "local")
    run(local)
    request = request_of(tmp_path / "cluster", scheduler=cluster.scheduler_address)
    killed = []

    class Killing(DaskTeam):
        def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
            for answer in super().answers(shares):
                if not killed:
                    killed.append(next(iter(cluster.workers.values())).pid)
                    os.kill(killed[0], signal.SIGKILL)
                yield answer

    run(request, team=Killing(request.task, cluster.scheduler_address))
    assert killed
    expected = journal_path(str(tmp_path / "local")).read_bytes()
    assert journal_path(str(tmp_path / "cluster")).read_bytes() == expected
    again = request_of(tmp_path / "again", scheduler=cluster.scheduler_address)
    run(again)
    assert journal_path(str(tmp_path / "again")).read_bytes() == expected


def test_an_evolution_is_that_of_this_machine(cluster: Any, tmp_path: Path) -> None:
    more: dict[str, Any] = {"method": "evolution", "amount": 150, "seed": 3}
    run(request_of(tmp_path / "local", **more))
    run(request_of(tmp_path / "cluster", scheduler=cluster.scheduler_address, **more))
    one, other = (journal_path(str(tmp_path / name)).read_bytes() for name in ("local", "cluster"))
    assert one == other


def test_another_version_is_refused(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inceptionspec.sweep.dask_team.__version__", "0.0.1")
    with pytest.raises(SpecError) as error:
        run(request_of(tmp_path / "found", scheduler=cluster.scheduler_address))
    (finding,) = error.value.findings
    assert finding.code == "E0936"
    assert "and this is 0.0.1" in finding.message


def test_a_cluster_without_workers_is_refused(tmp_path: Path) -> None:
    with (
        distributed.LocalCluster(n_workers=0, processes=True, dashboard_address=None) as empty,
        pytest.raises(SpecError, match="the cluster has no worker"),
    ):
        run(request_of(tmp_path / "found", scheduler=empty.scheduler_address))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere", "tcp://"])
def test_a_cluster_that_is_not_there_is_refused(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inceptionspec.sweep.dask_team._TIMEOUT", "1s")
    with pytest.raises(SpecError) as error:
        run(request_of(tmp_path / "found", scheduler=address))
    assert error.value.findings[0].code == "E0936"
