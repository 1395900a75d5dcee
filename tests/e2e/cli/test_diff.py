"""`specbuild diff` through the installed program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support import ROOT, spec

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
SMALL = spec(
    "- {op: conv, name: c, kernel: 3, filters: 4}\n- {op: lrn, name: n}",
    rest="args: {classes: 5}\n"
    "heads: {Logits: {from: n, layers: [{op: global_avg_pool}, {op: dense, units: $classes}]}}",
)


def run(
    *arguments: str, cwd: Path = ROOT, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, "diff", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", **env},
        timeout=600,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.yaml").write_text(SMALL)
    (tmp_path / "two.yaml").write_text(SMALL.replace("kernel: 3", "kernel: 5"))
    (tmp_path / "names.yaml").write_text(SMALL.replace("name: c", "name: conv"))
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new"),
    [("inception_v1", "inception_v1_paper"), ("inception_v3", "inception_v3_torchvision")],
)
def test_golden_text(old: str, new: str) -> None:
    result = run(f"specs/{old}.yaml", f"specs/{new}.yaml")
    assert result.returncode == 0, result.stderr
    assert result.stdout == (ROOT / f"tests/corpus/golden/diff_{old}_{new}.txt").read_text()


def test_a_built_in_name_or_a_path_or_standard_input(folder: Path) -> None:
    assert run("inception_v3", "inception_v4").returncode == 0
    assert "c: kernel 3x3 -> 5x5" in run("one.yaml", "two.yaml", cwd=folder).stdout
    result = run("-", "two.yaml", cwd=folder, stdin=SMALL)
    assert "old  t  (<stdin>)" in result.stdout
    assert "c: kernel 3x3 -> 5x5" in result.stdout


def test_the_exit_code_is_asked_for(folder: Path) -> None:
    for arguments, code in (
        (("one.yaml", "two.yaml"), 0),
        (("one.yaml", "two.yaml", "--exit-code"), 1),
        (("one.yaml", "one.yaml", "--exit-code"), 0),
        (("one.yaml", "names.yaml", "--exit-code"), 0),  # names compute nothing
        (("one.yaml", "two.yaml", "--exit-code", "--format", "json"), 1),
    ):
        assert run(*arguments, cwd=folder).returncode == code, arguments


def test_the_same_network_shows_its_digest_and_new_names(folder: Path) -> None:
    same = run("one.yaml", "one.yaml", cwd=folder).stdout
    assert same.splitlines()[3].startswith("the same network (")
    assert len(same.splitlines()) == 4
    renamed = run("one.yaml", "names.yaml", cwd=folder).stdout
    assert renamed.splitlines()[3] == same.splitlines()[3]
    assert renamed.splitlines()[4:] == ["", "New names", "  c -> conv"]


def test_knobs_apply_to_both(folder: Path) -> None:
    data = json.loads(
        run("one.yaml", "two.yaml", "--set", "classes=7", "--input", "8x8", "--width", "0.5",
            "--min-filters", "2", "--format", "json", cwd=folder).stdout
    )  # fmt: skip
    params = data["totals"]["params"]
    assert params["old"] == (9 * 3 + 1) * 2 + 3 * 7
    assert params["new"] == (25 * 3 + 1) * 2 + 3 * 7
    assert data["totals"]["macs"]["difference"] == 16 * 3 * 2 * 64


def test_all_lists_every_path_and_figure() -> None:
    short = run("inception_v1", "inception_v1_paper").stdout
    long = run("inception_v1", "inception_v1_paper", "--all").stdout
    for words in ("Mixed_5c/Branch_3/Conv2d_0b_1x1", "Peak memory by part", "FLOPs by part"):
        assert words not in short
        assert words in long
    assert " more" not in long
    assert max(map(len, (short + long).splitlines())) <= 80


def test_json_holds_every_layer_and_sorted_keys() -> None:
    text = run("inception_v1", "inception_v1_paper", "--format", "json").stdout
    data = json.loads(text)
    assert data["schema"] == "inceptionspec.diff/1"
    assert json.dumps(data, sort_keys=True) == json.dumps(data)
    assert data["same"] is False
    assert data["new"]["name"] == "GoogLeNet"
    assert len([layer for layer in data["changed"] if layer["op"] == "conv"]) == 58
    layer = next(one for one in data["changed"] if one["old_path"] == "MaxPool_5a_2x2")
    assert layer == {
        "old_path": "MaxPool_5a_2x2",
        "new_path": "MaxPool_5a_3x3",
        "op": "max_pool",
        "attributes": [{"name": "kernel", "old": "2x2", "new": "3x3"}],
        "inputs": None,
        "output_shape": None,
    }
    assert [layer["path"] for layer in data["added"]][:2] == ["LRN_2a", "LRN_2c"]
    assert [head["new"] for head in data["heads"]] == ["AuxLogits_4b", "AuxLogits_4e"]
    assert data["totals"]["macs"] == {
        "old": 1_498_376_192, "new": 1_591_044_096, "difference": 92_667_904, "percent": 6.1846,
    }  # fmt: skip
    part = next(one for one in data["parts"] if one["new_path"] == "AuxLogits_4b")
    assert part["old_path"] is None
    assert part["figures"]["params"] == {
        "old": 0, "new": 3_188_840, "difference": 3_188_840, "percent": None,
    }  # fmt: skip


def test_markdown() -> None:
    text = run("inception_v3", "inception_v3_fid", "--format", "markdown").stdout
    assert text.startswith("## `InceptionV3` (`")
    assert "- `Logits/Conv2d_1c_1x1`: `filters 1000 -> 1008`\n" in text
    assert "| Parameters | 27,179,376 | 23,868,176 | -3,311,200 | -12.18 |\n" in text
    assert "| `AuxLogits` | 3,327,592 | - | -3,327,592 |  |\n" in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["one.yaml", "nothing.yaml"], 2, "there is no file `nothing.yaml`"),
        (["on.yaml", "one.yaml"], 2, "did you mean `one.yaml`"),
        (["one.yaml", "inception_v33"], 2, "did you mean `inception_v3`"),
        (["one.yaml", "bad.yaml"], 1, "error[E0206]"),
        (["one.yaml"], 2, "NEW"),
        (["one.yaml", "two.yaml", "one.yaml"], 2, "one argument too many"),
        (["-", "-"], 2, "standard input holds one spec"),
        (["one.yaml", "two.yaml", "--format", "csv"], 2, "--format"),
        (["one.yaml", "two.yaml", "--head", "Logit"], 2, "did you mean `Logits`"),
        (["one.yaml", "inception_v3", "--set", "dropout=0"], 2, "--> --set dropout=0"),
        (["one.yaml", "inception_v3", "--input", "32x32"], 1, "take an input of at least"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_wrong_usage_ends_in_a_finding(
    folder: Path, arguments: list[str], code: int, words: str
) -> None:
    (folder / "bad.yaml").write_text(SMALL.replace("op: conv", "op: cnov"))
    result = run(*arguments, cwd=folder)
    shown = result.stdout + result.stderr
    assert words in shown
    assert result.returncode == code, shown
    assert "Traceback" not in shown
    assert result.stdout == ""


def test_it_imports_neither_tensorflow_nor_what_other_forms_need(folder: Path) -> None:
    code = (
        "import sys\n"
        "from inceptionspec.cli.main import main\n"
        "try:\n"
        "    main(['diff', 'inception_v3', 'inception_v4'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'jsonschema', 'rich'}\n"
        "forms = {f'inceptionspec.reports.diff_{form}' for form in ('json', 'markdown')}\n"
        "assert not (heavy | forms) & set(sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_help_and_the_list_of_commands() -> None:
    assert "--exit-code" in run("--help").stdout
    listing = subprocess.run([SPECBUILD, "--help"], capture_output=True, text=True).stdout
    assert "diff " in listing
