"""`specbuild sweep` writes the plot, the page and the specs of its front, or says why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sweeps import SMALL

VARIED = ("sweep", "small.yaml", "--vary", "width=0.5,1", "--vary", "Pair.wide=16,48",
          "--front", "macs,params:max", "--workers", "1")  # fmt: skip


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inceptionspec", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def test_files_are_written_and_specs_are_those_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    outputs = ("--plot", "f.png", "--page", "f.html", "--specs", "front", "--format", "csv")
    done = run(tmp_path, *VARIED, *outputs)
    assert done.returncode == 0, done.stderr
    assert "wrote f.png" in done.stderr
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")
    assert "extends: base/small.yaml" in (tmp_path / "f.html").read_text(encoding="utf-8")
    files = sorted((tmp_path / "front").glob("*.yaml"))
    checked = run(tmp_path, "check", "--strict", *(str(file) for file in files))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    summary = run(tmp_path, "summary", *(str(file) for file in files), "--format", "csv")
    for line in summary.stdout.splitlines()[1:]:
        digest = line.split(",")[-2]
        assert digest in done.stdout


def test_a_folder_of_results_has_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    done = run(tmp_path, *VARIED, "--out", "swept", "--theme", "dark")
    assert done.returncode == 0, done.stderr
    names = {str(path.relative_to(tmp_path / "swept")) for path in (tmp_path / "swept").rglob("*")}
    assert {"front.svg", "sweep.html", "sweep.csv", "front/base/small.yaml"} <= names
    assert "#12161b" in (tmp_path / "swept" / "front.svg").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    for option, value, code in (
        ("--plot", "f.jpeg", "E0804"), ("--plot", "no/f.svg", "E0803"),
        ("--page", "no/f.html", "E0803"), ("--page", "small.yaml", "E0804"),
        ("--page", "page", "E0804"), ("--specs", "mine", "E0941"),
    ):  # fmt: skip
        done = run(tmp_path, *VARIED, option, value)
        assert done.returncode == 2, done.stderr
        assert code in done.stderr
        assert "trying" not in done.stderr
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "small.yaml"]
