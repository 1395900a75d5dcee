"""`specbuild optimize` through the installed program."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support import ROOT, spec

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
SMALL = spec(
    "- {op: conv, name: c, kernel: 3, filters: 4, norm: batch_norm, activation: relu}",
    rest="heads:\n"
    "  One: {from: c, layers: [{op: global_avg_pool}, {op: dense, units: 2}]}\n"
    "  Two: {from: c, layers: [{op: global_avg_pool}, {op: dense, units: 3}]}\n"
    "main: One\n",
)


def run(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, "optimize", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", **env},
        timeout=600,
    )


def test_golden_text() -> None:
    result = run("inception_v3", "--explain")
    assert result.returncode == 0, result.stderr
    golden = (ROOT / "tests/corpus/golden/optimize_inception_v3.txt").read_text(encoding="utf-8")
    assert result.stdout == golden
    assert max(map(len, golden.splitlines())) <= 80


def test_without_explain_it_is_the_figures_alone(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    short = run("small.yaml", cwd=tmp_path).stdout
    long = run("small.yaml", "--explain", cwd=tmp_path).stdout
    assert "takes in its own norm" not in short
    assert "  takes in its own norm\n    c (line " in long
    assert "  dropped: a head that no output needs, 2 layers\n    Two (line " in long
    assert long.endswith(short[short.index("\npass ") :])


def test_figures_are_those_of_the_two_graphs(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    data = json.loads(run("small.yaml", "--format", "json", cwd=tmp_path).stdout)
    assert data["schema"] == "inceptionspec.optimize/1"
    assert data["outputs"] == ["One"]
    kernel, norm, one, two = 3 * 3 * 3 * 4, 4 * 4, 4 * 2 + 2, 4 * 3 + 3
    params = data["figures"]["params"]
    assert params == {
        "before": kernel + norm + one + two,
        "after": kernel + 4 + one,
        "difference": 4 - norm - two,
    }
    by_name = {one["name"]: one for one in data["passes"]}
    assert by_name["dead-code-elimination"]["figures"]["params"]["difference"] == -two
    assert by_name["fold-batch-norm"]["steps"][0]["paths"] == ["c"]
    assert by_name["fold-batch-norm"]["figures"]["layers"]["difference"] == 0
    layer = next(one for one in data["layers"] if one["path"] == "c")
    sources = [source["name"] for source in layer["weights"][1]["from"]]
    assert sorted(sources) == ["beta", "gamma", "moving_mean", "moving_variance"]


def test_heads_and_passes_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    assert "asked for: Two\n" in run("small.yaml", "--head", "Two", cwd=tmp_path).stdout
    both = run("small.yaml", "--head", "One", "--head", "Two", cwd=tmp_path).stdout
    assert "asked for: One, Two\n" in both
    named = ("--format", "json")
    only = json.loads(
        run(
            "small.yaml", "--passes", "fuse-linear,dead-code-elimination", *named, cwd=tmp_path
        ).stdout
    )
    assert [one["name"] for one in only["passes"]] == ["dead-code-elimination", "fuse-linear"]
    less = json.loads(
        run("small.yaml", "--without", "fold-batch-norm", *named, cwd=tmp_path).stdout
    )
    assert "fold-batch-norm" not in [one["name"] for one in less["passes"]]
    assert len(less["passes"]) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--passes", "fold-batchnorm"), "there is no pass `fold-batchnorm`"),
        (("--passes", "fold-batchnorm"), "did you mean `fold-batch-norm`?"),
        (("--without", "everything"), "passes are `dead-code-elimination`, `flatten-concat`"),
        (("--head", "Tow"), "`t` has no head `Tow`"),
    ],
)
def test_what_does_not_exist_is_said(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    result = run("small.yaml", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_an_open_size_has_no_figures_that_hang_on_it(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    result = run("small.yaml", "--input", "any", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.search(r"^FLOPs +\? +\? +\?$", result.stdout, re.MULTILINE)


def test_it_imports_no_tensorflow() -> None:
    code = (
        "import sys\n"
        "from inceptionspec.cli.main import main\n"
        "try:\n"
        "    main(['optimize', 'inception_v3'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "assert not {'tensorflow', 'keras', 'numpy', 'jsonschema', 'rich'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
