"""The order of layers, and what CONTRIBUTING promises to newcomers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from support import ROOT


def test_no_import_runs_against_the_flow() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout


def test_the_table_of_contributing_names_files_and_tests_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| a")]
    wanted = {
        "operator", "analysis", "output format", "backend", "network", "theme", "coloring",
        "finding", "public name", "rewrite", "benchmark mode", "engine", "precision",
        "sign of noise",
        "command", "naming scheme", "format of weights", "format in which weights are written",
        "recipe", "key of recipes", "key of sweep files", "unit of numbers in pictures",
        "rule of transfer", "format of `export`", "way to resize pictures",
        "kind of data to train on", "file that says which layer reads which",
        "activation function", "weight of a layer without a product", "strategy of training",
        "change under `override`", "another spelling of something", "reader of foreign models",
        "layer of Keras", "node of ONNX", "move", "format of diagrams", "page that diagrams fit",
        "engine whose layers are timed one by one", "figure of variants", "quantity of `--fail-on`",
        "operator that computes in integers",
    }  # fmt: skip
    assert {re.sub(r"^an? ", "", row.split("|")[1].strip()) for row in rows} == wanted
    for row in rows:
        for name in re.findall(r"`([^`]+)`", row):
            path = name.removeprefix("python ").split("::")[0]
            if "/" not in path or "NAME" in path:
                continue
            assert (ROOT / path).exists(), f"{path} in the row: {row}"
            if "::" in name:
                assert f"def {name.split('::')[1]}(" in (ROOT / path).read_text(), name
