"""Workers agree on what they train before the first step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
from training_runs import small_run, write_data

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.training.run_files import MANIFEST
from inceptionspec.training.strategies.cluster import local_cluster
from inceptionspec.training.strategies.team import Team
from inceptionspec.training.train import train

FACTS = {"network": "a", "recipe": "b", "checkpoint": "4"}


class Gathering(Team):
    """Worker 0 of three, with what the others have said."""

    def __init__(self, *others: list[int]) -> None:
        super().__init__(cluster=local_cluster([1, 2, 3]))
        self.others = others
        self.own: list[int] = []

    def _gathered(self, row: list[int]) -> list[list[int]]:
        self.own = row
        return [row, *(other or row for other in self.others)]


def test_a_worker_that_trains_something_else_is_named() -> None:
    same = Gathering([], [])
    same.agree(FACTS)
    assert len(set(same.own)) == 3
    for column, name in enumerate(FACTS):
        other = list(same.own)
        other[column] += 1
        with pytest.raises(SpecError) as caught:
            Gathering([], other).agree(FACTS)
        (found,) = caught.value.findings
        assert found.code == "E0924"
        assert found.message == f"worker 2 has another {name} than the chief"
        assert found.helps[0].startswith("give all workers the same command")


def test_the_least_of_what_workers_have() -> None:
    assert Gathering([7], [5]).least(6) == 5
    assert Gathering([7], [8]).least(6) == 6


def test_one_process_has_nobody_to_agree_with() -> None:
    Team().agree(FACTS)
    assert Team().least(6) == 6


@pytest.mark.parametrize("members", [1, 2])
def test_a_new_run_of_workers_that_differ_leaves_nothing_behind(
    members: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def differ(self: Team, facts: Mapping[str, str]) -> None:
        raise spec_error("E0924", "worker 1 has another recipe than the chief", external("worker"))

    member = 0 if members > 1 else None
    folder = tmp_path / "run" / "member-1" if members > 1 else tmp_path / "run"
    data = write_data(tmp_path / "data.npz")
    run = small_run(data, folder, member=member, members=members)
    monkeypatch.setattr(Team, "agree", differ)
    for kept in (dataclasses.replace(run, is_new=False), run):
        with pytest.raises(SpecError, match="E0924"):
            train(kept)
        assert (folder / MANIFEST).exists() is not kept.is_new
    assert list(tmp_path.iterdir()) == [data]
