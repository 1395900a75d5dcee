"""Completion through click's interface and through a real bash."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from support import require_program, spec

from inceptionspec.cli.program import COMPLETION, specbuild
from inceptionspec.diagnostics.codes import CODES
from inceptionspec.frontend.reading.spec_files import builtin_names

SCRIPTS = Path(sysconfig.get_path("scripts"))
RESNETS = ["inception_resnet_v1", "inception_resnet_v2", "inception_resnet_v2_keras"]
CASES: list[tuple[str, list[str]]] = [
    ("summary inception_r", RESNETS),
    ("check vgg16 inception_r", RESNETS),
    ("diff inception_v3 inception_r", RESNETS),
    ("new mine.yaml --extends inception_r", RESNETS),
    ("render vgg16 --diff inception_r", RESNETS),
    ("bench vgg16 --compare inception_r", RESNETS),
    ("summary mi", ["mine.yaml"]),
    ("summary inception_v3 --head ", ["AuxLogits", "Logits"]),
    ("bench inception_v3 --head Log", ["Logits"]),
    ("summary mine.yaml --head ", ["Top"]),
    ("summary --head ", []),
    ("summary nothing.yaml --head ", []),
    ("render inception_v3 --only Mixed_6", [f"Mixed_6{one}" for one in "abcde"]),
    ("show inception_v3 --path Mixed_7a/B", [f"Mixed_7a/Branch_{n}" for n in range(3)]),
    ("summary inception_v3 --set c", ["classes="]),
    ("explain E07", ["E07", *(code for code in CODES if code.startswith("E07"))]),
    ("explain e0402", ["E0402"]),
    ("check vgg16 --format j", ["json"]),
    ("completion ", ["bash", "zsh", "fish"]),
    ("ch", ["check"]),
    ("render vgg16 --th", ["--theme"]),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    heads = "heads: {Top: {from: c, layers: [{op: global_avg_pool}]}}"
    text = spec("- {op: conv, name: c, kernel: 3, filters: 4}", rest=heads)
    (tmp_path / "mine.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_through_click(words: str, expected: list[str]) -> None:
    *before, incomplete = words.split(" ")
    shell = ShellComplete(specbuild, {}, "specbuild", COMPLETION)
    items = shell.get_completions(before, incomplete)
    assert [item.value for item in items if item.type == "plain"] == [
        one for one in expected if one != "mine.yaml"
    ]
    assert [item.value for item in items if item.type == "file"] in ([], [incomplete])


def in_bash(words: str, folder: Path) -> list[str]:
    """What a real bash offers after Tab."""
    quoted = " ".join(f"'{word}'" for word in ["specbuild", *words.split(" ")])
    script = (
        'eval "$(specbuild completion bash)"\n'
        f"COMP_WORDS=({quoted}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMPREPLY=()\n"
        '_specbuild_completion specbuild\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        [require_program("bash"), "--norc", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_through_bash(words: str, expected: list[str], folder: Path) -> None:
    assert in_bash(words, folder) == expected


def test_names_and_files_are_offered_together(folder: Path) -> None:
    for name in ("vgg_of_mine.yaml", "a b.yaml"):
        (folder / name).touch()
    assert in_bash("summary vg", folder) == ["vgg16", "vgg_of_mine.yaml"]
    assert in_bash("render vgg16 -o vg", folder) == ["vgg_of_mine.yaml"]
    assert set(builtin_names()) < set(in_bash("check ", folder))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_asks_the_command(shell: str) -> None:
    done = subprocess.run(
        [SCRIPTS / "specbuild", "completion", shell], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    assert f"{COMPLETION}={shell}_complete" in done.stdout
