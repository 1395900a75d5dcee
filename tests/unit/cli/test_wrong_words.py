"""What a newcomer types wrong: each ends in a finding that names the place and the way on."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.cli.program import run

DEEP = "spec: 1\nname: t\nextends: inception_v3\noverride: {Mixed_6e: delete}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "variants").mkdir()
    return tmp_path


def said(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(words.split(" "))
    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    return code, out.out + out.err


@pytest.mark.parametrize("command", ["check", "summary", "show", "format", "diff vgg16"])
def test_a_folder_is_no_spec(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(f"{command} variants", capsys)
    assert code == 2
    assert "error[E0802]: `variants` is a folder\n  --> variants\n" in text


def test_a_built_in_name_wins_over_a_folder_of_that_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "vgg16").mkdir()
    assert said("check vgg16", capsys)[0] == 0


@pytest.mark.parametrize("command", ["check", "summary", "show", "format"])
def test_an_empty_name_is_called_so(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(f"{command} ", capsys)
    assert code == 2
    assert "error[E0801]: the name of the spec is empty" in text
    assert "`specbuild list` shows the built-in specs" in text
    assert "``" not in text


def test_formatting_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said("format inception_v33", capsys)
    assert code == 2
    assert "there is no built-in spec `inception_v33`" in text
    assert "did you mean `inception_v3`?" in text
    assert (
        "`inception_v3` names a built-in spec, which stays"
        in said("format inception_v3", capsys)[1]
    )


def test_a_path_that_is_not_there_shows_those_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, text = said("show inception_v3 --path Mixed_5c/Branch_9", capsys)
    assert code == 2
    assert "there are `Mixed_5c/Branch_0`, `Mixed_5c/Branch_1`" in " ".join(text.split())


def test_one_side_of_the_input_is_suggested_twice(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said("check vgg16 --input 224", capsys)
    assert code == 2
    assert "= help: write `224x224`" in text
    assert "help" not in said("check vgg16 --input 0", capsys)[1]


def test_a_variant_that_could_not_be_read_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "base.yaml").write_text(DEEP.replace("Mixed_6e", "AuxLogits"))
    code, text = said("new variants/x.yaml --extends ../base.yaml", capsys)
    assert code == 1
    assert "error[E0313]: the base `../base.yaml` lies outside" in text
    assert "--> --extends ../base.yaml" in text
    assert not (folder / "variants" / "x.yaml").exists()
    assert said("new x.yaml --extends base.yaml", capsys)[0] == 0
    assert said("check x.yaml", capsys)[0] == 0


def test_the_next_command_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["new", "a b$.yaml", "--extends", "vgg16"])
    assert code == 0
    assert "then `specbuild check 'a b$.yaml'`" in capsys.readouterr().out


def test_what_reads_a_deleted_layer_shows_where_it_was_deleted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_text(DEEP)
    code, text = said("check x.yaml", capsys)
    assert code == 1
    assert "the head `AuxLogits` reads `Mixed_6e`, which an override removes" in text
    assert "  4 | override: {Mixed_6e: delete}\n    |            ^^^^^^^^ removed here\n" in text


def test_a_family_of_codes_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said("explain e04", capsys)
    assert code == 0
    assert text.startswith("E04  shapes\n  E0401  ")
    assert "E05" not in text.replace("E0402` tells", "")
    assert said("explain E04 --format json", capsys)[1].count('"code"') == text.count("  E04")
    assert said("explain E0", capsys)[0] == 2
