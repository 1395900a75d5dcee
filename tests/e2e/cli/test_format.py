"""`specbuild format` and the formats of `check`, through the installed program."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml
from support import ROOT, spec

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
UNTIDY = (
    "name: t # its name\nspec: 1\ninput: {channels: 3, size: '16x16'}\n"
    "network:\n- name: c\n  op: conv\n  filters: 4\n  kernel: 3 # odd\n- {op: flatten}\n"
)
TIDY = (
    "spec: 1\n"
    "name: t                                            # its name\n"
    "input: {size: 16x16, channels: 3}\n"
    "\n"
    "network:\n"
    "  - op: conv\n"
    "    name: c\n"
    "    kernel: 3                                      # odd\n"
    "    filters: 4\n"
    "  - {op: flatten}\n"
)
BAD_YAML = "spec: 1\nname: [\n"


def run(
    *arguments: str, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
        timeout=600,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(UNTIDY)
    (tmp_path / "b.yaml").write_text(TIDY)
    (tmp_path / "bad.yaml").write_text(BAD_YAML)
    return tmp_path


def test_it_writes_what_is_not_in_the_layout(folder: Path) -> None:
    result = run("format", "a.yaml", "b.yaml", cwd=folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "formatted a.yaml\n", "")
    assert (folder / "a.yaml").read_text() == TIDY
    result = run("format", "a.yaml", "b.yaml", cwd=folder)
    assert (result.returncode, result.stdout) == (0, "nothing to format\n")


def test_check_writes_nothing(folder: Path) -> None:
    result = run("format", "--check", "a.yaml", "b.yaml", cwd=folder)
    assert (result.returncode, result.stdout) == (1, "would format a.yaml\n")
    assert (folder / "a.yaml").read_text() == UNTIDY
    assert run("format", "--check", "b.yaml", cwd=folder).returncode == 0


def test_diff_shows_the_change_and_writes_nothing(folder: Path) -> None:
    (folder / "a.yaml").write_text("name: t\nspec: 1")
    result = run("format", "--diff", "a.yaml", cwd=folder)
    assert (result.returncode, result.stdout) == (
        0,
        "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n"
        "+spec: 1\n name: t\n-spec: 1\n\\ No newline at end of file\n",
    )
    assert (folder / "a.yaml").read_text() == "name: t\nspec: 1"
    assert run("format", "--diff", "--check", "a.yaml", cwd=folder).returncode == 1


def test_diff_is_inert(folder: Path) -> None:
    (folder / "a.yaml").write_text("name: t\nspec: 1 # \u202egnol\n")
    assert "\u202e" not in run("format", "--diff", "a.yaml", cwd=folder).stdout


def test_standard_input_goes_to_standard_output() -> None:
    assert run("format", "-", stdin=UNTIDY).stdout == TIDY
    result = run("format", "--check", "-", stdin=UNTIDY)
    assert (result.returncode, result.stdout) == (1, "would format <stdin>\n")
    assert run("format", "-", "-", stdin=UNTIDY).returncode == 2


def test_a_file_that_is_not_yaml_is_not_touched_and_others_are(folder: Path) -> None:
    result = run("format", "bad.yaml", "a.yaml", cwd=folder)
    assert result.returncode == 1
    assert "error[E0102]" in result.stderr
    assert (folder / "bad.yaml").read_text() == BAD_YAML
    assert (folder / "a.yaml").read_text() == TIDY


def test_a_spec_with_other_findings_is_formatted(folder: Path) -> None:
    (folder / "a.yaml").write_text("network: [{op: cnov, x: 1}]\nspec: 1\nfoo: bar\n")
    assert run("format", "a.yaml", cwd=folder).returncode == 0
    assert (folder / "a.yaml").read_text() == ("spec: 1\n\nnetwork: [{op: cnov, x: 1}]\nfoo: bar\n")


def test_mode_and_links_are_kept(folder: Path) -> None:
    (folder / "a.yaml").chmod(0o640)
    (folder / "link.yaml").symlink_to("a.yaml")
    assert run("format", "link.yaml", cwd=folder).returncode == 0
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "a.yaml").read_text() == TIDY
    assert (folder / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.yaml", "b.yaml", "bad.yaml", "link.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("none.yaml", 2, "error[E0802]"),
        (".", 2, "is a folder"),
        ("inception_v3", 2, "names a built-in spec"),
    ],
)
def test_what_cannot_be_formatted(folder: Path, name: str, code: int, words: str) -> None:
    result = run("format", name, cwd=folder)
    assert result.returncode == code
    assert words in result.stderr


def test_line_breaks_become_line_feeds(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(UNTIDY.replace("\n", "\r\n").encode())
    run("format", "a.yaml", cwd=folder)
    assert (folder / "a.yaml").read_bytes() == TIDY.encode()


def test_a_new_variant_is_in_the_layout(folder: Path) -> None:
    run("new", "mine.yaml", "--extends", "inception_v3", cwd=folder)
    assert run("format", "--check", "mine.yaml", cwd=folder).returncode == 0


def test_check_in_one_line_each(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(spec("- {op: cnov}\n- {op: conv, kernal: 3}"))
    result = run("check", "--format", "concise", "wrong.yaml", cwd=folder)
    assert result.returncode == 1
    assert result.stdout == (
        "wrong.yaml:6:10: E0206 unknown operator `cnov`\n"
        "wrong.yaml:7:16: E0203 unknown attribute `kernal` of `conv`\n"
        "2 errors\n"
    )
    result = run("check", "--format", "concise", "inception_v3", cwd=ROOT)
    assert (result.returncode, result.stdout) == (
        0,
        "specs/inception_v3.yaml: ok (InceptionV3, 133 layers)\n",
    )


def test_check_as_annotations(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(spec("\n".join(["- {op: cnov}"] * 25)))
    result = run("check", "--format", "github", "wrong.yaml", cwd=folder)
    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert len(lines) == 25
    assert lines[0] == (
        "::error file=wrong.yaml,line=6,col=10,endColumn=14,title=E0206::"
        "unknown operator `cnov`%0Ahelp: did you mean `conv`?"
    )
    assert run("check", "--format", "github", "inception_v3").stdout == ""


def test_the_hooks_name_commands_that_run(folder: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["specbuild-check", "specbuild-format"]
    for hook in hooks:
        command = hook["entry"].split()
        assert command[0] == "specbuild"
        assert hook["language"] == "python"
        result = run(*command[1:], "a.yaml", cwd=folder)
        assert result.returncode == 0, result.stdout
