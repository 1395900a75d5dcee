"""`specbuild summary --time` through the installed command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import SMALL, run

from inceptionspec.bench.layer_times.table import FILE


def test_layers_are_timed_once_and_kept(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SMALL)
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = run("summary", "net.yaml", "--time", cwd=tmp_path, **cache)
    assert first.returncode == 0, first.stderr
    assert "kinds of layers ..." in first.stderr
    lines = first.stdout.splitlines()
    assert lines[2].split()[-2:] == ["ms", "%"]
    assert all(len(line) <= 80 for line in lines)
    assert "time of 1 image, forward pass (engine optimized, 1 thread, processor time)" in lines
    assert any(line.startswith("  layers one by one ") for line in lines)
    assert any(line.startswith("  network measured ") for line in lines)
    again = run("summary", "net.yaml", "--time", cwd=tmp_path, **cache)
    assert again.stderr == ""  # nothing is measured
    assert again.stdout == first.stdout
    found = run("summary", "net.yaml", "--time", "--format", "json", cwd=tmp_path, **cache)
    time = json.loads(found.stdout)["time"]
    assert time["clock"] == "processor"
    assert set(time["layers"]) == {"c", "Logits/global_avg_pool", "Logits/dense", "Predictions"}
    assert time["sum"] == pytest.approx(sum(time["layers"].values()))
    assert run("summary", "net.yaml", "--time", "--format", "markdown", cwd=tmp_path,
               **cache).stdout.count("| ms |") == 1  # fmt: skip


def test_a_broken_file_is_said_and_measured_again(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SMALL)
    folder = tmp_path / "cache" / "inceptionspec"
    folder.mkdir(parents=True)
    (folder / FILE).write_text("{")
    found = run("summary", "net.yaml", "--time", cwd=tmp_path, XDG_CACHE_HOME=str(folder.parent))
    assert found.returncode == 0
    assert "is broken or of another version and is not used: all is measured again" in found.stderr
    assert json.loads((folder / FILE).read_text())["tables"]


def test_what_cannot_be_timed_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SMALL)
    for words, code, says in (
        (["--time", "--engine", "xla"], 2, "layers of the engine `xla` cannot be timed one by one"),
        (["--time", "--engine", "optimised"], 2, "did you mean `optimized`?"),
        (["--engine", "graph"], 2, "`--engine` is an option of `--time`"),
        (["--time", "net.yaml"], 2, "`--time` is of one SPEC"),
        (["--time", "--format", "csv"], 2, "`--time` has no format `csv`"),
        (["--time", "--input", "any"], 2, "a time needs a known input size"),
    ):
        result = run("summary", "net.yaml", *words, cwd=tmp_path)
        assert result.returncode == code, result.stderr
        assert says in result.stderr, words
        assert result.stdout == ""
