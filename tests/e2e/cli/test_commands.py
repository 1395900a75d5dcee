"""Every command through the installed program."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import SMALL, SPECBUILD, run
from support import ROOT, spec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


def test_help_teaches() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "specbuild summary inception_v3" in result.stdout
    for command in ("check", "summary", "show", "new", "render", "watch", "build", "bench", "list"):
        assert command in result.stdout
        assert run(command, "--help").returncode == 0
    assert run("--version").stdout.startswith("specbuild 0.")


def test_check_is_clean_from_any_folder(folder: Path) -> None:
    result = run("check", "inception_v3", "small.yaml", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count(": ok (") == 2


def test_check_reports_every_finding_and_the_count(folder: Path) -> None:
    (folder / "bad.yaml").write_text(SMALL.replace("kernel", "kernal").replace("units", "unit"))
    result = run("check", "bad.yaml", "small.yaml", cwd=folder)
    assert result.returncode == 1
    assert "small.yaml: ok" in result.stdout
    assert result.stdout.endswith("2 errors\n")
    found = json.loads(run("check", "bad.yaml", "--format", "json", cwd=folder).stdout)
    assert found["schema"] == "inceptionspec.findings/1"
    assert [one["code"] for one in found["findings"]] == ["E0203", "E0203"]
    assert found["findings"][0]["primary"]["line"] == 5


def test_twenty_findings_are_shown_and_the_rest_counted(folder: Path) -> None:
    (folder / "bad.yaml").write_text(spec("\n".join(["- {op: cnov}"] * 25)))
    result = run("check", "bad.yaml", cwd=folder)
    assert result.stdout.count("error[E0206]") == 20
    assert "... and 5 more" in result.stdout
    assert len(json.loads(run("check", "bad.yaml", "--format", "json", cwd=folder).stdout)
               ["findings"]) == 25  # fmt: skip


def test_a_broken_contract_is_reported_at_its_line_and_not_under_other_knobs(folder: Path) -> None:
    (folder / "bad.yaml").write_text(SMALL.replace("c: 16x16x4", "c: 16x16x5"))
    result = run("check", "bad.yaml", cwd=folder)
    assert result.returncode == 1
    assert "error[E0601]: the shape of `c` is 16x16x4, not 16x16x5 as the contract" in result.stdout
    assert "bad.yaml:6:13" in result.stdout
    result = run("check", "bad.yaml", "--set", "classes=6", cwd=folder)
    assert result.returncode == 0
    assert "not tested under --set classes=6" in result.stdout


def test_summary_formats(folder: Path) -> None:
    table = run("summary", "inception_v3").stdout
    assert "27,179,376" in table
    assert "5,718,899,296" in table
    assert max(map(len, table.splitlines())) <= 80
    data = json.loads(run("summary", "inception_v3", "--format", "json").stdout)
    assert data["schema"] == "inceptionspec.summary/1"
    assert data["totals"]["params"] == 27_179_376
    layer = data["layers"][9]
    assert layer["path"] == "Mixed_5b/Branch_1/Conv2d_0a_1x1"
    assert layer["block"] == "Mixed_5b"
    assert layer["inputs"] == ["MaxPool_5a_3x3"]
    assert layer["output_shape"] == [35, 35, 48]
    assert layer["receptive_field"] == [31, 31]
    assert layer["stride"] == [8, 8]
    assert layer["called_at"][0]["line"] > layer["line"]
    assert data["blocks"][0]["block"] == "inception_a"
    assert data["heads"]["AuxLogits"]["loss_weight"] == 0.4
    assert json.dumps(data, sort_keys=True) == json.dumps(data)
    rows = list(csv.DictReader(io.StringIO(
        run("summary", "inception_v3", "--format", "csv").stdout)))  # fmt: skip
    assert len(rows) == 133
    assert sum(int(row["macs"]) for row in rows) == 5_718_899_296
    assert "| Mixed\\_5b |" in run("summary", "inception_v3", "--format", "markdown").stdout


def test_summary_of_a_head_and_of_several_specs(folder: Path) -> None:
    data = json.loads(run("summary", "inception_v3", "--head", "Logits", "--format", "json").stdout)
    assert data["totals"]["macs"] == 5_713_216_096
    assert list(data["heads"]) == ["Logits"]
    several = run("summary", "inception_v3", "small.yaml", cwd=folder).stdout
    assert len([line for line in several.splitlines() if "x3 " in line]) == 2


def test_summary_depth_and_cut(folder: Path) -> None:
    assert "Mixed_5b/Branch_1 " in run("summary", "inception_v3", "--depth", "2").stdout
    assert "Mixed_5b/Branch_1/Conv2d_0b_5x5" in run(
        "summary", "inception_v3", "--depth", "all").stdout  # fmt: skip
    layers = "\n".join("- {op: dropout, rate: 0}" for _ in range(600))
    (folder / "long.yaml").write_text(spec(layers))
    text = run("summary", "long.yaml", cwd=folder).stdout
    assert "... 101 more rows" in text
    assert "--format csv" in text


def test_knobs(folder: Path) -> None:
    data = json.loads(
        run("summary", "small.yaml", "--set", "classes=7", "--input", "8x8", "--width", "0.5",
            "--min-filters", "2", "--format", "json", cwd=folder).stdout
    )  # fmt: skip
    assert data["input"] == [8, 8, 3]
    assert data["layers"][1]["output_shape"] == [8, 8, 2]
    assert data["heads"]["Logits"]["output_shape"] == [7]


def test_standard_input() -> None:
    result = run("summary", "-", stdin=SMALL)
    assert result.returncode == 0
    assert "<stdin>" in result.stdout


def test_show_and_show_expanded(folder: Path) -> None:
    assert run("show", "small.yaml", cwd=folder).stdout == SMALL
    expanded = run("show", "inception_v3", "--expanded").stdout
    (folder / "e.yaml").write_text(expanded)
    assert run("check", "e.yaml", cwd=folder).returncode == 0
    one = json.loads(run("summary", "e.yaml", "--format", "json", cwd=folder).stdout)
    two = json.loads(run("summary", "inception_v3", "--format", "json").stdout)
    for digest in ("network", "document"):
        assert one["spec"][digest] == two["spec"][digest]
    part = run("show", "inception_v3", "--path", "Mixed_6b").stdout
    assert part.startswith("- name: Mixed_6b\n  branches:\n    Branch_0:\n")
    assert "kernel: 1x7" in part


def test_new_writes_a_variant_that_checks(folder: Path) -> None:
    result = run("new", "mine.yaml", "--extends", "inception_v3", cwd=folder)
    assert result.returncode == 0
    text = (folder / "mine.yaml").read_text()
    assert len(text.splitlines()) == 10
    assert text.startswith("# yaml-language-server: $schema=")
    assert run("check", "mine.yaml", cwd=folder).returncode == 0
    uncommented = text.replace("  # Mixed", "  Mixed").replace("  # defaults", "  defaults")
    (folder / "mine.yaml").write_text(uncommented.replace("  # AuxLogits", "  AuxLogits"))
    result = run("check", "mine.yaml", cwd=folder)
    assert result.returncode == 0, result.stdout
    assert run("new", "mine.yaml", "--extends", "inception_v3", cwd=folder).returncode == 2


def test_list_schema_completion() -> None:
    assert "inception_v3 " in run("list").stdout
    assert json.loads(run("list", "--format", "json").stdout)["schema"] == "inceptionspec.list/1"
    assert json.loads(run("schema").stdout)["title"] == "inceptionspec"
    assert json.loads(run("schema", "--sweep").stdout)["title"] == "inceptionspec sweep"
    assert run("schema", "--sweep", "--path").stdout.endswith("sweep.schema.json\n")
    both = run("schema", "--sweep", "--recipe")
    assert "error[E0810]: `--recipe` and `--sweep` are two languages" in both.stderr
    assert "_SPECBUILD_COMPLETE" in run("completion", "bash").stdout


def test_render(folder: Path) -> None:
    result = run("render", "inception_v3", "-o", "v3.svg", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "<svg" in (folder / "v3.svg").read_text()
    run("render", "small.yaml", "-o", "s.dot", cwd=folder)
    assert (folder / "s.dot").read_text().startswith("digraph")


WRONG = [
    (["summary", "nothing.yaml"], 2, "there is no file `nothing.yaml`"),
    (["summary", "smal.yaml"], 2, "did you mean `small.yaml`"),
    (["summary", "inception_v33"], 2, "did you mean `inception_v3`"),
    (["summary", "inception_v3.yaml"], 2, "the built-in spec is `inception_v3`"),
    (["summary", "."], 2, "is a folder"),
    (["summary", "binary.yaml"], 1, "is not UTF-8"),
    (["summary", "empty.yaml"], 1, "holds no spec"),
    (["summary", "/dev/zero.yaml"], 2, "there is no file"),
    (["summary", "./pipe"], 2, "not a regular file"),
    (["summary", "small.yaml", "--set", "clases=10"], 2, "--> --set clases=10"),
    (["summary", "small.yaml", "--set", "classes=ten"], 2, "of type int"),
    (["summary", "small.yaml", "--set", "classes=0"], 1, "--set classes=0"),
    (["summary", "small.yaml", "--set", "classes"], 2, "needs a name and a value"),
    (["summary", "small.yaml", "--input", "big"], 2, "height x width"),
    (["summary", "small.yaml", "--input", "0x0"], 2, "height x width"),
    (["summary", "small.yaml", "--width", "0"], 2, "above 0"),
    (["summary", "small.yaml", "--width", "-1"], 2, "above 0"),
    (["summary", "small.yaml", "--head", "Logit"], 2, "did you mean `Logits`"),
    (["summary", "small.yaml", "--limit", "layer=3"], 2, "did you mean `layers`"),
    (["summary", "small.yaml", "--limit", "layers=2"], 1, "more than 2 layers"),
    (["summary", "small.yaml", "--depth", "0"], 2, "--depth"),
    (["summary", "inception_v3", "--input", "74x74"], 1, "take an input of at least 107x107"),
    (["summary", "inception_v3", "--input", "100x100"], 1, "at least 107x107"),
    (["show", "small.yaml", "--path", "d"], 2, "has no path `d`"),
    (["render", "small.yaml", "-o", "x.gif"], 2, ".svg"),
    (["render", "small.yaml", "-o", "no/x.svg"], 2, "there is no folder `no`"),
    (["new", "no/x.yaml", "--extends", "inception_v3"], 2, "there is no folder `no`"),
    (["chek", "small.yaml"], 2, "did you mean `check`"),
    (["summary", "small.yaml", "--formt", "json"], 2, "--format"),
    (["summary"], 2, "SPEC"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=lambda v: str(v)[:60])
def test_wrong_usage_ends_in_a_finding(
    folder: Path, arguments: list[str], code: int, words: str
) -> None:
    (folder / "binary.yaml").write_bytes(b"\x89PNG\xff\xfe\x00")
    (folder / "empty.yaml").write_text("")
    os.mkfifo(folder / "pipe")
    before = sorted(path.name for path in folder.iterdir())
    result = run(*arguments, cwd=folder)
    shown = result.stdout + result.stderr
    assert words in shown
    assert result.returncode == code, shown
    assert "Traceback" not in shown
    assert sorted(path.name for path in folder.iterdir()) == before


def test_color_only_on_a_terminal(folder: Path) -> None:
    (folder / "bad.yaml").write_text("spec: 2\n")
    assert "\x1b" not in run("summary", "bad.yaml", cwd=folder).stderr


def test_a_broken_pipe_is_quiet() -> None:
    result = subprocess.run(
        f"{SPECBUILD} summary inception_v3 --format json | head -n 1",
        shell=True, capture_output=True, text=True,
    )  # fmt: skip
    assert result.stdout == "{\n"
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["check", "summary", "render"])
def test_light_commands_import_neither_tensorflow_nor_numpy(folder: Path, command: str) -> None:
    arguments = [command, "inception_v3", *(["-o", "x.svg"] if command == "render" else [])]
    code = (
        "import sys\n"
        "from inceptionspec.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "heavy = {'tensorflow', 'keras', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_golden_summary() -> None:
    expected = (ROOT / "tests/corpus/golden/inception_v3_summary.txt").read_text()
    assert run("summary", "specs/inception_v3.yaml", cwd=ROOT).stdout == expected
