"""Pages on codes: one for each, and every example does what its page says."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

from inceptionspec.cli.examples import findings_of
from inceptionspec.explain import page
from inceptionspec.explain.text import list_json, list_text
from inceptionspec.reports.findings.full import full

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, *arguments], cwd=cwd, capture_output=True, text=True, timeout=600
    )


def test_the_command(tmp_path: Path) -> None:
    for code in ("E0402", "e0402"):
        result = run("explain", code, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "error[E0402]: the branches of `Mixed` cannot be concatenated" in result.stdout
        assert "--> E0402.yaml:" in result.stdout
    assert run("explain", cwd=tmp_path).stdout == list_text()
    data = json.loads(run("explain", "W0105", "--format", "json", cwd=tmp_path).stdout)
    assert (data["level"], data["exit"]) == ("warning", 0)
    assert json.loads(run("explain", "--format", "json").stdout) == json.loads(list_json())
    assert not list(tmp_path.iterdir())


def test_what_check_prints_of_an_example_is_what_the_page_shows(tmp_path: Path) -> None:
    shown = page("E0314")
    for name, text in shown.bad.files.items():
        (tmp_path / name).write_text(text)
    result = run(*shown.bad.command.split()[1:], cwd=tmp_path)
    assert result.stdout == full(findings_of(shown.bad)) + "1 error\n"


def test_an_unknown_code_is_suggested() -> None:
    result = run("explain", "E4002")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "error[E0806]: there is no code `E4002`" in result.stderr
    assert "did you mean `E0" in result.stderr
