"""`specbuild rewrite`: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import spec

import inceptionspec
from inceptionspec.cli.program import run
from inceptionspec.moves.table import MOVES

BASE = spec(
    "- {op: conv, name: c5x5, kernel: 5x5, filters: 4}\n"
    "- {op: conv, name: d, kernel: 1, filters: 4}"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["rewrite", *arguments])
    return code, *capsys.readouterr()


def test_it_says_what_was_changed_and_what_it_costs(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, err = said(
        capsys, "base.yaml", "--move", "two-3x3", "--at", "[cd]*", "-o", "small.yaml"
    )
    assert (code, err) == (0, "")
    assert out == (
        "two-3x3 at [cd]*: 1 place, new architecture\n"
        "  changed  c5x5\n"
        "  left     d: its kernel is 1x1\n"
        "  weights  what is new starts fresh, and all else keeps the weights of the base\n"
        "\n"
        "Total            old      new  difference       %\n"
        "-------------------------------------------------\n"
        "Parameters       324      280         -44  -13.58\n"
        "Trainable        324      280         -44  -13.58\n"
        "MACs          80,896   68,608     -12,288  -15.19\n"
        "FLOPs        163,840  140,288     -23,552  -14.38\n"
        "Peak memory    8,192    8,192           0\n"
        "params: all variables. MACs: convolutions and dense layers. FLOPs: 2 x MACs,\n"
        "norms (not folded), biases, activations, pools, sums. Memory: float32, batch 1.\n"
        "Peak memory: bytes of what lives at one time, of a part while it runs.\n"
        "\n"
        "wrote small.yaml; look at it, then `specbuild check small.yaml`\n"
    )
    assert run(["check", "small.yaml", "--strict"]) == 0
    assert sorted(os.listdir(folder)) == ["base.yaml", "small.yaml"]


def test_what_is_written_is_laid_out(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "base.yaml", "--move", "two-3x3", "-o", "small.yaml")
    assert run(["format", "--check", "small.yaml"]) == 0


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--move", "separable", "--at", "*", "-o", "v.yaml", "--format", "json")
    code, out, _ = said(capsys, "base.yaml", *options)
    found = json.loads(out)
    assert code == 0
    assert found["schema"] == "inceptionspec.rewrite/1"
    assert found["text"] == Path("v.yaml").read_text()
    (move,) = found["moves"]
    assert (move["paths"], move["kind"]) == (["c5x5"], "approximate")
    assert move["left"] == [{"path": "d", "why": "its kernel is 1x1"}]
    base, variant = (inceptionspec.load(name) for name in ("base.yaml", "v.yaml"))
    assert found["figures"]["macs"] == {"base": base.macs, "variant": variant.macs}
    assert found["network"] == variant.digests["network"]
    assert found["base"]["network"] == base.digests["network"]


def test_the_list_explains_every_move(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--list")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    flat = " ".join(out.split())
    for move in MOVES.values():
        for text in (move.name, move.doc, move.where, move.kind, move.source):
            assert " ".join(text.split()) in flat
    _, out, _ = said(capsys, "--list", "--format", "json")
    assert [row["name"] for row in json.loads(out)["moves"]] == list(MOVES)


def test_a_file_that_exists_stays_unless_forced(capsys: pytest.CaptureFixture[str]) -> None:
    Path("v.yaml").write_text("mine")
    code, _, err = said(capsys, "base.yaml", "--move", "separable", "-o", "v.yaml")
    assert (code, "E0803" in err, Path("v.yaml").read_text()) == (2, True, "mine")
    code, _, _ = said(capsys, "base.yaml", "--move", "separable", "-o", "v.yaml", "--force")
    assert code == 0
    assert "separable_conv" in Path("v.yaml").read_text()


@pytest.mark.parametrize("name", ["", "-"])
def test_a_name_to_write_is_proposed_where_there_is_none(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "base.yaml", "--move", "batch-norm", "-o", name)
    assert (code, out) == (2, "")
    assert "write `variant.yaml`" in err


def test_the_base_cannot_be_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "base.yaml", "--move", "separable", "-o", "base.yaml", "--force")
    assert (code, "E0803" in err, Path("base.yaml").read_text()) == (2, True, BASE)


def test_a_move_made_twice_finds_nothing_the_second_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said(capsys, "base.yaml", "--move", "two-3x3", "-o", "a.yaml")[0] == 0
    code, _, err = said(capsys, "a.yaml", "--move", "two-3x3", "--at", "c*", "-o", "b.yaml")
    assert (code, "error[E0950]" in err) == (1, True)
    assert "`c3x3`, `c3x3_2`: its kernel is 3x3 already" in err
    code, _, err = said(capsys, "a.yaml", "--move", "two-3x3", "--at", "c5x5", "-o", "b.yaml")
    assert (code, "the spec renames it: write `c3x3`" in err) == (2, True)
    assert not Path("b.yaml").exists()


def test_a_variant_in_another_folder_names_its_base_from_there(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "sub").mkdir()
    (folder / "base.yaml").rename("sub/base.yaml")
    assert said(capsys, "sub/base.yaml", "--move", "separable", "-o", "v.yaml")[0] == 0
    assert "extends: sub/base.yaml\n" in Path("v.yaml").read_text()
    assert said(capsys, "v.yaml", "--move", "two-3x3", "-o", "sub/w.yaml")[0] == 1
    code, _, err = said(capsys, "v.yaml", "--move", "double-input", "-o", "sub/w.yaml")
    assert (code, "error[E0313]" in err) == (1, True)
    assert not Path("sub/w.yaml").exists()


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("", 2, "`SPEC` is missing"),
        ("base.yaml -o v.yaml", 2, "`--move` is missing"),
        ("base.yaml --move separable", 2, "`-o` is missing"),
        ("base.yaml --move separable -o v.json", 2, "the file must end in `.yaml` or `.yml`"),
        ("base.yaml --move separable -o no/v.yaml", 2, "E0803"),
        ("base.yaml --move separable --at c* --at d -o v.yaml", 2, "1 move has 2 patterns"),
        ("base.yaml --move separable --move two-3x3 --at d -o v.yaml", 2, "2 moves have 1 pattern"),
        ("base.yaml --move seperable -o v.yaml", 2, "did you mean `separable`?"),
        ("base.yaml --move separable --at e -o v.yaml", 2, "`e` matches nothing of the network"),
        ("base.yaml --move separable --at d -o v.yaml", 1, "E0950"),
        ("base.yaml --move separable --move two-3x3 -o v.yaml", 1, "E0951"),
        ("nothing.yaml --move separable -o v.yaml", 2, "there is no file `nothing.yaml`"),
        ("bad.yaml --move separable -o v.yaml", 1, "E0203"),
    ],
)
def test_what_makes_no_sense_is_a_finding_and_writes_nothing(
    line: str, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.yaml").write_text(spec("- {op: conv, name: c, kernel: 3, filters: 4, strides: 2}"))
    before = sorted(os.listdir())
    found, out, err = said(capsys, *line.split())
    assert (found, out) == (code, "")
    assert message in err
    assert sorted(os.listdir()) == before


def test_a_spec_from_standard_input_cannot_be_extended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    class Stdin:
        buffer = io.BytesIO(BASE.encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    code, _, err = said(capsys, "-", "--move", "separable", "-o", "v.yaml")
    assert (code, "error[E0313]" in err) == (1, True)


# In Python


def test_a_network_moves_to_a_variant(folder: Path) -> None:
    network = inceptionspec.load("base.yaml", width=0.5, min_filters=2)
    moved = network.move([("two-3x3", "c5x5"), ("max-pool", "d")][:1], name="mine")
    assert moved.network.settings == network.settings
    assert moved.network.name == "mine"
    assert moved.network.graph.nodes[-1].shape == (16, 16, 2)
    moved.save("v.yaml")
    assert Path("v.yaml").read_text() == moved.text
    assert str(moved).startswith("two-3x3 at c5x5: 1 place, new architecture\n")


def test_a_network_from_a_text_cannot_be_extended() -> None:
    with pytest.raises(inceptionspec.SpecError) as caught:
        inceptionspec.loads(BASE).move("separable")
    assert caught.value.findings[0].code == "E0313"


def test_a_base_cannot_be_replaced_from_python() -> None:
    moved = inceptionspec.load("base.yaml").move("separable")
    with pytest.raises(inceptionspec.UsageError):
        moved.save("base.yaml")


def test_no_move_is_a_finding() -> None:
    with pytest.raises(inceptionspec.UsageError):
        inceptionspec.load("base.yaml").move([])
