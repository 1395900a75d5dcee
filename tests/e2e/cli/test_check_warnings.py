"""Warnings through the installed program: what they print, and how the command ends."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest
from support import ROOT, spec

from inceptionspec.frontend.reading.spec_files import builtin_names

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
WARNED = spec("- {op: max_pool, kernel: 3, stride: 4, padding: valid}", size="17x17")


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, *arguments], cwd=cwd, capture_output=True, text=True, timeout=600
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "warned.yaml").write_text(WARNED)
    return tmp_path


def test_warnings_are_shown_and_fail_only_where_it_is_strict(folder: Path) -> None:
    result = run("check", "warned.yaml", cwd=folder)
    assert result.returncode == 0
    assert result.stdout.startswith("warning[W0104]: the last 2 rows and 2 columns")
    assert result.stdout.endswith("\n1 warning\n")
    assert run("check", "--strict", "warned.yaml", cwd=folder).returncode == 1
    (finding,) = json.loads(run("check", "warned.yaml", "--format", "json", cwd=folder).stdout)[
        "findings"
    ]
    assert (finding["code"], finding["level"]) == ("W0104", "warning")


def test_an_error_counts_beside_a_warning(folder: Path) -> None:
    (folder / "warned.yaml").write_text(WARNED + "expect: {max_pool: 5x5x3}\n")
    result = run("check", "warned.yaml", cwd=folder)
    assert result.returncode == 1
    assert result.stdout.endswith("\n1 error and 1 warning\n")


def test_what_is_allowed_is_clean(folder: Path) -> None:
    (folder / "warned.yaml").write_text(WARNED + "allow: {W0104: a frame}\n")
    result = run("check", "--strict", "warned.yaml", cwd=folder)
    assert (result.returncode, result.stdout) == (0, "warned.yaml: ok (t, 2 layers)\n")


def test_other_commands_say_nothing_of_it(folder: Path) -> None:
    for command in ("summary", "show"):
        result = run(command, "warned.yaml", cwd=folder)
        assert result.returncode == 0
        assert "W0104" not in result.stdout + result.stderr


def test_every_built_in_spec_and_the_example_are_clean() -> None:
    result = run("check", "--strict", *builtin_names(), "docs/examples/lean.yaml")
    assert result.returncode == 0, result.stdout
