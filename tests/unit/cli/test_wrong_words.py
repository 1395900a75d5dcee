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


LAYERS = "spec: 1\nname: t\ninput: {size: 8x8, channels: 3}\nnetwork:\n"


@pytest.mark.parametrize("name", ["foo", "foo.yaml"])
def test_the_next_command_finds_the_new_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = said(f"new {name} --extends vgg16", capsys)
    checked = text.rpartition("`specbuild ")[2].partition("`")[0]
    assert said(checked, capsys)[0] == 0


@pytest.mark.parametrize("command", ["check", "summary", "show", "format"])
def test_a_file_without_a_suffix_is_named_by_a_path(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "foo").write_text("{spec: 1, name: t, extends: vgg16}\n")
    code, text = said(f"{command} foo", capsys)
    assert code == 2
    assert "error[E0801]: there is no built-in spec `foo`\n  --> foo\n" in text
    assert "= help: write `./foo` for the file\n" in text
    assert said(f"{command} ./foo", capsys)[0] == 0


@pytest.mark.parametrize(
    ("wrong", "right", "advice"),
    [
        (
            "  op: conv\n  kernel: 3x3\n  filters: 4\n",
            "  - op: conv\n    kernel: 3x3\n    filters: 4\n",
            "write `- ` before its first key, and indent the other keys like that one",
        ),
        (
            "  {op: conv, kernel: 3x3, filters: 4}\n",
            "  [{op: conv, kernel: 3x3, filters: 4}]\n",
            "put it in brackets: `[{...}]`",
        ),
        (
            "  - branches:\n      - {op: conv, kernel: 3x3, filters: 4}\n",
            "  - branches:\n      - [{op: conv, kernel: 3x3, filters: 4}]\n",
            "put it in brackets: `[{...}]`",
        ),
    ],
)
def test_one_layer_where_a_list_belongs(
    wrong: str, right: str, advice: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_text(LAYERS + wrong)
    code, text = said("check x.yaml", capsys)
    assert code == 1
    assert f"= help: {advice}\n" in text
    (folder / "x.yaml").write_text(LAYERS + right)
    assert said("check x.yaml", capsys)[0] == 0


def test_a_mapping_that_is_no_layer_gets_no_such_advice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_text(f"{LAYERS}  conv1: {{op: conv, kernel: 3x3, filters: 4}}\n")
    code, text = said("check x.yaml", capsys)
    assert code == 1
    assert "must be a list of layers" in text
    assert "help" not in text


def test_numbers_in_quotes_and_numbers_too_large(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = "  - {op: conv, kernel: 3x3, filters: 99999999999999999999}\n"
    (folder / "x.yaml").write_text(LAYERS.replace(" 3}", ' "3"}') + layer)
    code, text = said("check x.yaml", capsys)
    assert code == 1
    assert "= help: write `3`, without quotes\n" in text
    assert "this is the number `99999999999999999999`, which is too large\n" in text


def test_only_names_that_are_alike_are_suggested(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("list.yaml", "in.yaml", "variants/mine.yaml"):
        (folder / name).write_text("")
    assert "help" not in said("check missing.yaml", capsys)[1]
    for wrong in ("variants/mine.yml", "variants/mien.yaml", "variants/mine.txt"):
        assert "did you mean `variants/mine.yaml`?" in said(f"check {wrong}", capsys)[1]


@pytest.mark.parametrize(
    ("words", "place", "message", "advice"),
    [
        (
            "summary vgg16 --width 1e300",
            "--width 1e+300",
            "the width must be at most 1,000,000, not 1e+300",
            "1 is the width of the spec",
        ),
        (
            "render vgg16 -o x.svg --color-by time",
            "specbuild render",
            "`--color-by time` needs `--bench`",
            "write the file with `specbuild bench SPEC --profile -o FILE.json`",
        ),
        (
            "render vgg16 -o x.svg --bench x.json",
            "specbuild render",
            "`--bench` needs `--color-by time` or `--color-by efficiency`",
            "add one of them",
        ),
        (
            "optimize vgg16 --passes ,,",
            "--passes ,,",
            "the name of a pass is empty",
            "passes are `dead-code-elimination`",
        ),
        (
            "render vgg16 -o x.yaml",
            "-o x.yaml",
            "a diagram cannot end in `.yaml`",
            "suffixes are `.svg`",
        ),
        (
            "render vgg16 -o x.svg --only ",
            "--only ",
            "`VGG16` has no part `` to draw",
            "name a block, a head, a group, a branch or a layer by its path",
        ),
        (
            "render vgg16 -o x.svg --values nope.json",
            "nope.json",
            "there is no file `nope.json`",
            "`specbuild bench SPEC --profile` writes one with `--values` or `-o`",
        ),
        (
            "bench vgg16 --batch 1000000000000",
            "--batch 1000000000000",
            "`--batch` takes whole numbers of at most 9 digits, at most 64 of them",
            "as `--batch 1,8,32`",
        ),
        (
            "build vgg16 -o x.keras --outputs Logit",
            "--outputs Logit",
            "`VGG16` has no end point `Logit`",
            "did you mean `Logits`?",
        ),
    ],
)
def test_one_finding_at_the_option(
    words: str, place: str, message: str, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(words, capsys)
    assert code == 2
    assert text.count("error[") == 1
    assert f": {message}\n  --> {place}\n   = help: {advice}" in text


def test_outputs_are_checked_before_tensorflow_is_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = said("build vgg16 -o x.keras --outputs foo", capsys)[1]
    assert "loading" not in text
    assert "= note: there are `input`, " in text


@pytest.mark.parametrize("command", ["list", "explain", "schema", "completion"])
def test_commands_that_read_no_spec_name_no_such_exit_code(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exits = said(f"{command} --help", capsys)[1].partition("Exit codes:\n")[2]
    assert [line.split()[0] for line in exits.splitlines()] == ["0", "2"]
