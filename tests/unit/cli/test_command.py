"""Wrong usage is a finding in our words, and every command's help teaches."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from inceptionspec.cli.command import Command
from inceptionspec.cli.program import COMMANDS, run, specbuild

MANY = "9" * 5_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(words)
    return code, *capsys.readouterr()


def named(name: str) -> Command:
    command = specbuild.get_command(click.Context(specbuild), name)
    assert isinstance(command, Command)
    return command


USAGE = [
    ("chek x", "there is no command `chek`", "specbuild chek", "did you mean `check`?"),
    ("summary", "`SPEC` is missing", "specbuild summary", "[OPTIONS] SPEC..."),
    ("diff vgg16", "`NEW` is missing", "specbuild diff", "[OPTIONS] OLD NEW"),
    ("render vgg16", "`--output` is missing", "specbuild render", "add `-o FILE`"),
    ("show a b", "`b` is one argument too many", "specbuild show", "[OPTIONS] SPEC"),
    ("check x --formt y", "there is no option `--formt`", "check --formt", "`--format`?"),
    ("--formt", "there is no option `--formt`", "specbuild --formt", "specbuild --help"),
    ("check -x", "there is no option `-x`", "specbuild check -x", "specbuild check --help"),
    ("summary x --depth", "`--depth` needs a value", "summary --depth", "summary --help"),
    ("check x --strict=1", "`--strict` takes no value", "check --strict", "check --help"),
    ("render x -o a.svg --only A --only B", "`--only` is given 2 times", "render", "keep one"),
    ("bench x --steps 1 --steps=1", "`--steps` is given 2 times", "bench", "keep one"),
    ("diff - -", "standard input holds one spec", "specbuild diff", "name a file"),
    ("format - -", "standard input holds one spec", "specbuild format", "name it once"),
    ("build vgg16 -o a.keras --weights-average", "needs `--weights`", "build", "file of weights"),
    ("bench vgg16 --compare-onednn on", "needs `--compare`", "specbuild bench", ""),
]


@pytest.mark.parametrize(("words", "message", "place", "help_"), USAGE, ids=lambda v: v[:40])
def test_wrong_usage_is_a_finding(
    words: str, message: str, place: str, help_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(words.split(), capsys)
    assert (code, out) == (2, "")
    head, arrow, *helps = err.splitlines()
    assert head.startswith("error[E0810]: ")
    assert message in head
    assert arrow.startswith("  --> ")
    assert place in arrow
    assert help_ in " ".join(helps)


VALUES = [
    ("--format jsn", "must be `full`, `concise`, `json` or `github`, not `jsn`"),
    ("--min-filters 1.5", "must be a whole number, not `1.5`"),
    ("--min-filters ''", "must be a whole number, not ``"),
    ("--min-filters \u0665", "must be a whole number"),
    (f"--min-filters {MANY}", "must be at most 1,000,000,000,000, not `999"),
    (f"--min-filters=-{MANY}", "must be at least -1,000,000,000,000, not `-999"),
    ("--width wide", "must be a finite number, not `wide`"),
    ("--width nan", "must be a finite number, not `nan`"),
    (f"--width {MANY}", "must be a finite number, not `999"),
]


@pytest.mark.parametrize(("words", "message"), VALUES, ids=lambda v: v[:30])
def test_a_wrong_value_is_a_finding_however_long(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(["check", "vgg16", *shlex.split(words)], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("error[E0805]: `--")
    assert message in err
    assert max(map(len, err.splitlines())) < 250


@pytest.mark.parametrize(
    ("word", "helps"), [("jsn", ["   = help: did you mean `json`?"]), ("xml", [])]
)
def test_a_wrong_word_gets_the_closest_one(
    word: str, helps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = said(["check", "vgg16", "--format", word], capsys)
    assert err.splitlines()[2:] == helps


@pytest.mark.parametrize("option", ["--steps", "--pairs", "--burn-in", "--batch", "--threads"])
@pytest.mark.parametrize("digits", [400, 5_000])
def test_counts_of_any_length_are_refused(
    option: str, digits: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(["bench", "vgg16", option, "9" * digits], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("error[E0805]: ")


@pytest.mark.parametrize("option", ["--max-seconds", "--tune-seconds", "--min-seconds"])
def test_times_of_any_length_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    for value in (MANY, "1e999", "nan", "-inf"):
        assert said(["bench", "vgg16", option, value], capsys)[0] == 2


@pytest.mark.parametrize("name", ["\x1b[31mx", "x\x07", "\u202ex", "x\udcff", "\x9b1m"])
def test_what_acts_on_a_terminal_is_escaped(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [name],
        ["check", name],
        ["check", "vgg16", f"--{name}"],
        ["check", "vgg16", "--format", name],
        ["check", "vgg16", "--set", f"{name}=1"],
        ["check", "vgg16", "--limit", name],
        ["check", "vgg16", "--head", name],
        ["show", "vgg16", name],
        ["summary", "vgg16", "--depth", name],
        ["explain", name],
        ["completion", name],
        ["new", f"{name}/a.yaml", "--extends", "vgg16"],
        ["render", "vgg16", "-o", f"{name}.dot/a.dot"],
    ):
        code, out, err = said(words, capsys)
        assert code == 2, words
        assert not set("\x1b\x07\u202e\udcff\x9b") & set(out + err), words


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_teaches(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said([name, "--help"], capsys)
    assert (code, err) == (0, "")
    assert out.isascii()
    assert "\b" not in out
    assert "\\b" not in out
    assert max(map(len, out.splitlines())) <= 80
    examples = out.partition("\nExamples:\n")[2].partition("\nExit codes:\n")
    assert all(f"specbuild {name}" in line for line in examples[0].splitlines() if line)
    assert {"0", "2"} <= {line.split()[0] for line in examples[2].splitlines() if line}
    assert COMMANDS[name].split()[0] in out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_can_be_parsed(name: str) -> None:
    command = named(name)
    assert command.examples
    for line in command.examples:
        words = shlex.split(line.partition("$(")[2].rstrip(')"') or line.partition(" > ")[0])
        words = words[: words.index("<")] if "<" in words else words
        assert words[:2] == ["specbuild", name]
        command.make_context(name, words[2:])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in named(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_nothing_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said([], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: specbuild ")


def test_ctrl_c_that_python_turned_into_another_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrapped(*arguments: object, **options: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(specbuild, "main", wrapped)
    assert said(["list"], capsys) == (130, "", "interrupted\n")


def test_a_bug_is_told_and_not_traced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (EOFError("\x1b[31m"), OSError(28, "No space left on device"), KeyError("x")):

        def broken(*arguments: object, _error: Exception = error, **options: object) -> None:
            raise _error

        monkeypatch.setattr(specbuild, "main", broken)
        code, out, err = said(["list"], capsys)
        assert (code, out) == (70, "")
        assert err.startswith(f"specbuild has a bug: {type(error).__name__}: ")
        assert "Traceback" not in err
        assert "\x1b" not in err


def test_another_side_without_a_name_is_not_none(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(["bench", "squeezenet", "--compare", ""], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("error[E0801]: the name of the spec is empty\n")
