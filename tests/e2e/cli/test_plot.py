"""Pictures of cost by the installed command: the same bytes, bad input, and what is imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from commands import SMALL, run
from support import ROOT


def test_output_stays_what_it_was(tmp_path):
    plain = run("summary", "vgg16", "--format", "json", cwd=ROOT).stdout
    drawn = run("summary", "vgg16", "--format", "json", "--plot", str(tmp_path / "v.pdf"), cwd=ROOT)
    assert drawn.stdout == plain
    assert json.loads(drawn.stdout)
    assert (tmp_path / "v.pdf").read_bytes().startswith(b"%PDF")


WRONG = [
    (["small.yaml", "--plot", "x.gif"], 2, "a picture cannot end in `.gif`"),
    (["small.yaml", "--plot", "x.sgv"], 2, "did you mean `.svg`?"),
    (["small.yaml", "--plot", "x"], 2, "`x` has no suffix"),
    (["small.yaml", "--plot", "no/x.svg"], 2, "there is no folder `no`"),
    (["small.yaml", "--plot", "dir.svg"], 2, "`dir.svg` is a folder"),
    (
        ["small.yaml", "small.yaml", "--plot", "x.svg"],
        2,
        "`--plot` draws one SPEC, and 2 are given",
    ),
    (["small.yaml", "--input", "any", "--plot", "x.svg"], 2, "give one, as `--input 299x299`"),
    (["smal.yaml", "--plot", "x.svg"], 2, "did you mean `small.yaml`"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=lambda v: str(v)[:60])
def test_bad_input_is_a_finding_and_writes_nothing(tmp_path, arguments, code, words):
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "dir.svg").mkdir()
    before = sorted(tmp_path.iterdir())
    result = run("summary", *arguments, cwd=tmp_path)
    assert words in result.stdout + result.stderr
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_without_matplotlib_it_says_how_to_get_it(tmp_path):
    code = (
        "import sys\nsys.modules['matplotlib'] = None\n"
        "from inceptionspec.cli.main import main\n"
        "main(['summary', 'inception_v1', '--plot', 'x.svg'])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 3
    assert "error[E0704]: the package `matplotlib` is not installed" in result.stderr
    assert "pip install 'inceptionspec[plot]'" in result.stderr
    assert not list(tmp_path.iterdir())
