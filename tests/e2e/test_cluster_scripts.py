"""The scripts of docs/training.md for clusters: what they start, and with which `TF_CONFIG`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from support import ROOT

from inceptionspec.training.strategies.cluster import VARIABLE, cluster_of

PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
#: Stands for `specbuild`: prints what it is given.
ECHO = """#!/bin/bash
printf '%s\\n' "$TF_CONFIG" "$*"
"""
#: Stands for Slurm: two tasks of one job, each with its number.
STUBS = {
    "specbuild": ECHO,
    "scontrol": "#!/bin/bash\nprintf 'node1\\nnode2\\n'\n",
    "srun": """#!/bin/bash
shift
for SLURM_PROCID in 0 1; do export SLURM_PROCID; "$@"; done
""",
}


def script(name: str) -> str:
    match = re.search(rf"<!-- script: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    return match[1]


@pytest.fixture
def stubs(tmp_path: Path) -> dict[str, str]:
    for name, text in STUBS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


def ran(text: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        ["bash", "-eu", "-c", text], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def members(config: str) -> tuple[int, list[tuple[str, int]]]:
    found = cluster_of({VARIABLE: config})
    assert found is not None
    return found.rank, list(found.addresses)


def test_slurm_starts_a_worker_on_each_node(stubs: dict[str, str], tmp_path: Path) -> None:
    text = script("slurm").replace("/shared/runs/v3", str(tmp_path / "run"))
    lines = ran(text, {**stubs, "SLURM_JOB_NODELIST": "node[1-2]"})
    nodes = [("node1", 9000), ("node2", 9000)]
    assert [members(line) for line in lines[::2]] == [(0, nodes), (1, nodes)]
    begins = (
        f"train inception_v3 --recipe inception_v3_2015 --data /shared/imagenet --out {tmp_path}"
    )
    assert all(line.startswith(begins) for line in lines[1::2])
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").touch()
    again = ran(text, {**stubs, "SLURM_JOB_NODELIST": "node[1-2]"})
    assert again[1::2] == [f"train --resume {tmp_path / 'run'}"] * 2


def test_kubernetes_gives_each_pod_its_index(stubs: dict[str, str]) -> None:
    service, job = yaml.safe_load_all(script("kubernetes"))
    spec = job["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    count = spec["completions"]
    assert spec["completionMode"] == "Indexed"
    assert service["metadata"]["name"] == spec["template"]["spec"]["subdomain"]
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    assert container["env"] == [{"name": "WORKERS", "value": str(count)}]
    (text,) = container["args"]
    for index in range(count):
        environment = {**stubs, "WORKERS": str(count), "JOB_COMPLETION_INDEX": str(index)}
        config, arguments = ran(text, environment)
        assert members(config) == (index, [(f"v3-{one}.v3", 9000) for one in range(count)])
        assert arguments.startswith("train inception_v3 --recipe inception_v3_2015 --data")
    volumes = {one["name"] for one in spec["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
