"""The README and the tutorial show what the tool prints."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from support import ROOT, script

from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.formatting.canonical import formatted

README = ROOT / "README.md"
EXAMPLES = ROOT / "docs" / "examples"


def is_fresh(page: str) -> bool:
    command = [sys.executable, ROOT / "tools" / "fill_outputs.py", "--check", ROOT / page]
    return subprocess.run(command, check=False).returncode == 0


def test_every_output_in_the_readme_is_what_the_command_prints() -> None:
    assert is_fresh("README.md"), "run `python tools/fill_outputs.py` and look at the change"


def test_the_tutorial_does_from_end_to_end_what_it_shows() -> None:
    pytest.importorskip("tensorflow")
    assert is_fresh("docs/tutorial.md"), "run `python tools/fill_outputs.py` and look at the change"


def test_the_readme_is_a_front_door() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count("\n") <= 180
    assert {"make demo", "make test", "make test-quick"} <= set(re.findall(r"make [\w-]+", text))


@pytest.mark.parametrize(
    ("page", "example"),
    [
        ("README.md", "block.yaml"),
        ("docs/tutorial.md", "half.yaml"),
        ("docs/diagrams.md", "lean.yaml"),
    ],
)
def test_the_examples_are_the_files_that_pictures_are_drawn_of(page: str, example: str) -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.M | re.S)
    # The README is short of room: its block has fewer lines than the canonical layout.
    text = (EXAMPLES / example).read_text(encoding="utf-8")
    assert formatted(Source(page, shown[-1])) == formatted(Source(example, text))


def test_only_the_labels_of_a_benchmark_are_compared() -> None:
    tool = script("fill_outputs")
    old = "2026: Forward across 2 steps\n  images/s         9.4\n  noise            much\n"
    assert tool.labels(old) == ["images/s"]
    assert tool.labels(old) == tool.labels(old.replace("9.4", "12").replace("much", "little"))
    assert tool.labels(old) != tool.labels(old.replace("images/s", "pictures"))


def test_files_are_written_and_commands_run_in_the_order_of_the_page(tmp_path: object) -> None:
    tool = script("fill_outputs")
    page = (
        "<!-- file: a.yaml -->\n<!-- bad: E0108 -->\n```yaml\n```\n"
        "```console\n$ specbuild check --format concise a.yaml\n```\n"
        "<!-- file: a.yaml -->\n```yaml\n{spec: 1, extends: inception_v3, name: a}\n```\n"
        "```console\n$ specbuild check a.yaml\nold\n$ specbuild check -h\n...\n```\n"
    )
    new = tool.filled(page, tmp_path, tool.Benches.KEEP)
    assert "a.yaml:1:1: E0108" in new
    assert "a.yaml: ok (a, 133 layers)" in new
    assert "$ specbuild check -h\n...\n```" in new
    assert tool.filled(new, tmp_path, tool.Benches.KEEP) == new
