"""`specbuild weights`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import REFERENCE

from inceptionspec.cli.program import run

TINY = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
WIDTH = ["--width", "0.125", "--min-filters", "8"]


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(["weights", *words])
    return code, *capsys.readouterr()


def test_a_file_that_fits_no_spec_says_how_near_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said([TINY], capsys)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].endswith("slim_v3_tiny.ckpt: TensorFlow checkpoint")
    assert lines[1] == "388 arrays (388 float32), 393,068 numbers"
    assert "of other shapes" in out
    assert lines[-1] == "No built-in spec gets all of its weights from it."


def test_the_match_with_a_spec_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    words = [TINY, "inception_v3", *WIDTH, "--set", "classes=10", "--drop-background"]
    code, out, err = said(words, capsys)
    assert (code, err) == (0, "")
    assert "converted: background class dropped (4)" in out
    assert out.endswith("left over: nothing\n")
    code, out, err = said([*words, "--json"], capsys)
    data = json.loads(out)["match"]
    assert (code, len(data["matched"]), data["scheme"]) == (0, 388, "tf_slim")


def test_advice_is_followed_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Each advice of the finding makes the command succeed."""
    words = [TINY, "inception_v3", *WIDTH, "--set", "classes=10"]
    code, _, err = said(words, capsys)
    assert code == 1
    advice = [line.split("`")[1] for line in err.splitlines() if "= help: add `" in line]
    assert advice == ["--drop-background", "--set classes=11", "--fresh AuxLogits --fresh Logits"]
    for one in advice:
        kept = words[:-2] if one.startswith("--set") else words
        assert said([*kept, *one.split()], capsys)[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["none.ckpt"], 1, "E0703"),
        ([TINY, "--drop-background"], 2, "options of a network need a SPEC"),
        ([TINY, "--set", "classes=3"], 2, "options of a network need a SPEC"),
        ([TINY, "inception_v33"], 2, "E0801"),
        ([TINY, "inception_v3", *WIDTH, "--fresh", "Nothing"], 2, "has no part `Nothing`"),
        ([TINY, "inception_v4"], 1, "and 327 more do not fit"),
        ([TINY, "vgg16"], 1, "holds no weight of `VGG16` under any known name"),
        ([TINY, "inception_v3", "--weights-average"], 1, "the file holds no moving averages"),
        ([str(REFERENCE)], 1, "E0703"),
        ([], 2, "`FILE` is missing"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_what_cannot_be_done_is_a_finding(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result, out, err = said(words, capsys)
    assert (result, out) == (code, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
