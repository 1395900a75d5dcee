"""`specbuild render`: what it writes, and with which words it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

import inceptionspec
from inceptionspec.analysis.layer_values import LayerValues, identity_of_spec, layer_values_text
from inceptionspec.cli import program

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
HOSTILE = """
spec: 1
name: '<script>alert(1)</script> "]; x [label="'
doc: '<b>bold</b> &lt;'
input: {size: 8x8, channels: 3}
network:
  - {op: conv, kernel: 3x3, filters: 4, doc: '<img src=x>'}
"""


def run(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def values() -> str:
    network = inceptionspec.load("inception_v1")
    return layer_values_text(
        LayerValues(identity_of_spec(network.loaded), "ms", {"Conv2d_1a_7x7": 1.5})
    )


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["-o", "a.svg"], b"<?xml"),
        (["-o", "a.png", "--only", "Mixed_3b"], b"\x89PNG"),
        (["-o", "a.dot", "--fold", "layers", "--direction", "LR"], b"digraph"),
        (["-o", "a.svg", "--theme", "dark", "--color-by", "memory"], b"<?xml"),
        (["-o", "a.dot", "--collapse-repeats", "--theme", "print"], b"digraph"),
        (["-o", "a.dot", "--diff", "inception_v1_paper", "--fold", "layers"], b"digraph"),
        (["-o", "a.dot", "--diff", "-"], b"digraph"),
    ],
)
def test_it_writes_a_file(tmp_path: Path, arguments: list[str], start: bytes) -> None:
    result = run("render", "inception_v1", *arguments, cwd=tmp_path, stdin=HOSTILE)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"wrote {arguments[1]}\n"
    assert (tmp_path / arguments[1]).read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [arguments[1]]


def test_values_are_painted(tmp_path: Path, values: str) -> None:
    (tmp_path / "times.json").write_text(values)
    result = run("render", "inception_v1", "-o", "a.dot", "--values", "times.json", cwd=tmp_path)
    assert result.returncode == 0
    assert "values in ms" in (tmp_path / "a.dot").read_text()


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        run("render", "inception_v1", "-o", name, cwd=tmp_path)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "a.gif"], 2, ["a diagram cannot end in `.gif`", "suffixes are `.svg`"]),
        (["-o", "a"], 2, ["`a` has no suffix"]),
        (["-o", "no/a.svg"], 2, ["there is no folder `no`"]),
        (["-o", "a.svg", "--only", "Mixed_3d"], 2, ["no part `Mixed_3d`", "did you mean `Mixed_"]),
        (["-o", "a.svg", "--values", "none.json"], 2, ["there is no file `none.json`"]),
        (["-o", "a.svg", "--values", "broken.json"], 2, ["E0811", "the values are not JSON"]),
        (["-o", "a.svg", "--values", "other.json"], 2,
         ["E0812", "another document than `InceptionV1`", "document digest of the values is"]),
        (["-o", "a.svg", "--values", "path.json"], 2,
         ["E0812", "no layer of the network",
          "did you mean `Conv2d_1a_7x7`?"]),
        (["-o", "a.svg", "--values", "x", "--color-by", "macs"], 2, ["give one"]),
        (["-o", "a.svg", "--diff", "inception_v22"], 2, ["no built-in spec `inception_v22`"]),
        (["-o", "a.svg", "--theme", "blue"], 2, ["`light`, `dark` or `print`"]),
        (["-o", "a.svg", "--input", "any", "--color-by", "macs"], 2,
         ["a heat map needs a known input size", "--input 299x299"]),
    ],
)  # fmt: skip
def test_what_it_refuses(
    tmp_path: Path, values: str, arguments: list[str], code: int, words: list[str]
) -> None:
    data = json.loads(values)
    (tmp_path / "broken.json").write_text(values[:-20])
    data["layers"] = {"Conv2d_1a_7x": 1}
    (tmp_path / "path.json").write_text(json.dumps(data))
    data["spec"]["document"] = "0" * 64
    (tmp_path / "other.json").write_text(json.dumps(data))
    before = sorted(os.listdir(tmp_path))
    result = run("render", "inception_v1", *arguments, cwd=tmp_path)
    text = " ".join(result.stderr.split())
    assert result.returncode == code, text
    assert all(word in text for word in words), text
    assert "Traceback" not in text
    assert sorted(os.listdir(tmp_path)) == before


def test_one_standard_input_is_one_spec(tmp_path: Path) -> None:
    result = run("render", "-", "--diff", "-", "-o", "a.svg", cwd=tmp_path, stdin=HOSTILE)
    assert result.returncode == 2
    assert "standard input holds one spec" in result.stderr


def test_names_and_docs_with_markup_are_text(tmp_path: Path) -> None:
    result = run("render", "-", "-o", "a.svg", cwd=tmp_path, stdin=HOSTILE)
    assert result.returncode == 0
    svg = (tmp_path / "a.svg").read_text()
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg
    assert "<img" not in svg


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*words: object, **names: object) -> None:
        raise PermissionError(13, "Permission denied")  # as for anyone but root

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    assert program.run(["render", "inception_v1", "-o", str(tmp_path / "a.dot")]) == 2
    assert "cannot be written: permission denied" in " ".join(capsys.readouterr().err.split())
    assert not os.listdir(tmp_path)


def test_help_teaches(tmp_path: Path) -> None:
    text = run("render", "--help", cwd=tmp_path).stdout
    for word in ("--only", "--color-by", "--values", "--diff", "--collapse-repeats", "Examples:"):
        assert word in text


# Standard output


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        ((), "<?xml"),
        (("--format", "svg"), "<?xml"),
        (("--format", "dot"), "digraph network"),
        (("--format", "tex"), r"\documentclass{article}"),
        (("--format", "html"), "<!DOCTYPE html>"),
        (("--format", "dot", "--diff", "inception_v1_paper"), "digraph network"),
    ],
)
def test_a_dash_is_standard_output(tmp_path: Path, arguments: Sequence[str], start: str) -> None:
    result = run("render", "inception_v1", "-o", "-", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.lower().startswith(start.lower())
    assert "wrote" not in result.stdout[-200:]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "a.svg", "--format", "png"), "`--format` says what `-o -` writes"),
        (("-o", "a.html", "--page", "a4"), "`--page` is the size of a picture"),
        (("-o", "a.svg", "--page", "a5"), "--page"),
        (("-o", "a.svg", "--wrap", "0"), "--wrap"),
        (
            ("-o", "a.svg", "--diff", "inception_v1_paper", "--color-by", "macs"),
            "with `--diff` colors say what differs",
        ),
        (("-o", "a.svg", "--diff", "vgg16", "--only", "Mixed_4b"), "error[E0836]"),
        (("-o", "a.html", "--diff", "inception_v1_paper", "--page", "a4"), "error[E0805]"),
        (("-o", "a.svg", "--diff", "inception_v1_paper", "--only", "Mixed_9z"), "error[E0806]"),
        (("-o", "a.svg", "--diff", "inception_v1_paper", "--only", ""), "error[E0806]"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, arguments: Sequence[str], words: str) -> None:
    result = run("render", "inception_v1", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--page", "slide"),
        ("--wrap", "2", "--direction", "LR"),
        ("--only", "Mixed_4b", "--names", "--activations"),
        ("--collapse-repeats", "--fold", "network", "--page", "a4"),
        ("--no-title", "--no-legend", "--page", "slide", "--theme", "print"),
    ],
)
def test_a_comparison_takes_the_options_of_a_network(
    tmp_path: Path, arguments: Sequence[str]
) -> None:
    command = ("render", "inception_v1", "-o", "a.tex", "--diff", "inception_v1_paper")
    result = run(*command, *arguments, cwd=tmp_path)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "wrote a.tex\n")
    assert "draw=changedLine" in (tmp_path / "a.tex").read_text("utf-8")


def test_a_part_of_a_comparison_is_opened_on_its_page(tmp_path: Path) -> None:
    command = ("render", "inception_v1", "-o", "a.html", "--diff", "inception_v1_paper")
    result = run(*command, "--only", "Mixed_4b", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert '"only":"Mixed_4b"' in (tmp_path / "a.html").read_text("utf-8")
