"""Budgets and bounds through the installed command, and the workflow that the docs show."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from commands import SPECBUILD, run
from support import ROOT, spec

OLD = spec("- {op: conv, name: c, kernel: 3, filters: 4}")
NEW = OLD.replace("filters: 4", "filters: 6")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    (tmp_path / "budgets.yaml").write_text("budgets: 1\nspecs:\n  old: {params: <= 200}\n")
    return tmp_path


def test_check_tests_budgets_of_a_file(folder: Path) -> None:
    fits = run("check", "old.yaml", "--budget", "budgets.yaml", cwd=folder)
    assert (fits.returncode, fits.stdout) == (0, "old.yaml: ok (t, 2 layers)\n")
    missing = run("check", "new.yaml", "--budget", "budgets.yaml", cwd=folder)
    assert missing.returncode == 1
    assert "error[E0947]: there is no budget for `new`" in missing.stdout
    over = run("check", "old.yaml", "--budget", "budgets.yaml", "--width", "4", cwd=folder)
    assert over.returncode == 1
    assert "`t` has 448, 248 more" in over.stdout
    both = run("check", "old.yaml", "new.yaml", "--budget", "-", cwd=folder,
               stdin='budgets: 1\nspecs: {"*": {macs: <= 1e9}, x: {macs: <= 1}}')  # fmt: skip
    assert both.returncode == 0, both.stdout
    assert "<stdin> has budgets for other specs: `x`" in both.stdout


def test_check_reads_a_file_of_budgets_as_strictly_as_a_spec(folder: Path) -> None:
    assert run("check", "budgets.yaml", cwd=folder).stdout == "budgets.yaml: ok (1 budget)\n"
    (folder / "budgets.yaml").write_text("budgets: 1\nspecs:\n  old: {parms: <= 200}\n")
    for arguments in (["budgets.yaml"], ["old.yaml", "--budget", "budgets.yaml"]):
        result = run("check", *arguments, cwd=folder)
        printed = result.stdout + result.stderr
        assert result.returncode == 1
        assert "--> budgets.yaml:3:9" in printed
        assert "did you mean `params`?" in printed
    missing = run("check", "old.yaml", "--budget", "budget.yaml", cwd=folder)
    assert missing.returncode == 2
    assert "did you mean `budgets.yaml`?" in missing.stderr


def test_diff_fails_where_a_condition_holds(folder: Path) -> None:
    pair = ("diff", "old.yaml", "new.yaml")
    assert run(*pair, "--fail-on", "macs > +50%", cwd=folder).returncode == 0
    failed = run(*pair, "--fail-on", "macs > +10%", "--fail-on", "params > +9k", cwd=folder)
    assert failed.returncode == 1
    assert "Total " in failed.stdout
    assert failed.stdout.count("error[E0945]") == 1
    assert "`macs > +10%`: +13,824 MACs (+50.00 %), 11,059 more than +10%" in failed.stdout
    assert "--> new.yaml:6:36" in failed.stdout
    wrong = run(*pair, "--fail-on", "macs > ten", cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--> --fail-on:1:8" in wrong.stderr


def test_diff_in_the_other_formats(folder: Path) -> None:
    pair = ("diff", "old.yaml", "new.yaml", "--fail-on", "macs > +10%", "--format")
    says = "`macs > +10%`: +13,824 MACs (+50.00 %), 11,059 more than +10%"
    markdown = run(*pair, "markdown", cwd=folder)
    assert markdown.returncode == 1
    assert f"### Not allowed\n\n- {says}\n" in markdown.stdout
    assert json.loads(run(*pair, "json", cwd=folder).stdout)["not_allowed"] == [says]
    github = run(*pair, "github", cwd=folder)
    error, notice = github.stdout.splitlines()
    assert github.returncode == 1
    assert error.startswith("::error file=new.yaml,line=6,col=36,endColumn=46,title=E0945::")
    assert "(+50.00 %25)" in error
    assert notice.startswith("::notice::t to t: Parameters ")
    same = run("diff", "old.yaml", "old.yaml", "--format", "github", cwd=folder)
    assert same.stdout == "::notice::t to t: the same network\n"


def test_the_workflow_compares_what_a_pull_request_changes(tmp_path: Path) -> None:
    page = (ROOT / "docs/budgets.md").read_text()
    found = re.search(r"- name: Compare\n.*?run: \|\n(.*?)\n      - id: upload", page, re.DOTALL)
    assert found is not None
    work = tmp_path / "work"
    nets = work / "nets"
    nets.mkdir(parents=True)
    path = f"{SPECBUILD.parent}{os.pathsep}{os.environ['PATH']}"
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
             "GIT_COMMITTER_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": os.devnull}  # fmt: skip
    env = {**os.environ, "PATH": path, **names}

    def shell(command: str, **more: str) -> str:
        result = subprocess.run(
            ["bash", "-e", "-c", command], cwd=work, env={**env, **more}, timeout=600,
            capture_output=True, text=True,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    (nets / "base.yaml").write_text(OLD)
    (nets / "variant.yaml").write_text("spec: 1\nextends: base.yaml\nname: v\n")
    (nets / "other.yaml").write_text(OLD.replace("name: t", "name: other"))
    shell("git init -q && git add . && git commit -qm one")
    base = shell("git rev-parse HEAD").strip()
    (nets / "base.yaml").write_text(NEW)
    (nets / "added.yaml").write_text(NEW)
    shell("git add . && git commit -qm two")
    printed = shell(found[1], BASE=base)
    assert printed.count("::error ") == 4  # two bounds for the base, two for its variant
    assert sorted(file.name for file in (work / "costs").iterdir()) == [
        "base.svg", "comment.md", "failed", "variant.svg",
    ]  # fmt: skip
    assert (work / "costs/failed").read_text().split() == ["nets/base.yaml", "nets/variant.yaml"]
    comment = (work / "costs/comment.md").read_text()
    assert comment.count("### Not allowed") == 2
    assert "filters 4 -&gt; 6" in comment or "filters 4 -> 6" in comment
    assert (work / "costs/base.svg").read_text().startswith("<")
