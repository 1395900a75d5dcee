"""Who writes the folder of a run."""

from __future__ import annotations

from pathlib import Path

from training_runs import NETWORK, RECIPE, write_data

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.run import Settings, new_run
from inceptionspec.training.strategies.cluster import free_ports, local_cluster
from inceptionspec.training.strategies.devices import Devices


def test_of_several_workers_the_chief_alone_writes_the_folder(tmp_path: Path) -> None:
    devices = Devices(cluster=local_cluster(free_ports(2), rank=1))
    settings = Settings(str(write_data(tmp_path / "data.npz")))
    loaded = inceptionspec.loads(NETWORK).loaded
    out = str(tmp_path / "run")
    run = new_run(loaded, Source("r.yaml", RECIPE), settings, out, devices=devices)
    assert run.digests["data"]
    assert not run.folder.exists()
