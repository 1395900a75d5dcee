"""The engine: which one draws, what is said without one, and files whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.drawing.diagram import engine

DOT = "digraph { a -> b }\n"


def _text(suffix: str) -> str:
    return DOT


@pytest.fixture
def pure() -> Path:
    found = engine._pure()
    assert found is not None
    return found


@pytest.fixture
def no_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "nothing on the path"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


@pytest.fixture
def no_pure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.sysconfig, "get_path", lambda name: str(tmp_path / "no scripts"))


def _program(folder: Path, body: str) -> Path:
    """A program called `dot`, written in Python."""
    folder.mkdir(exist_ok=True)
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\nimport os, sys\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setenv("PATH", str(_program(tmp_path / "bin", body).parent))


def _refused(file: str | None, choice: str = "auto") -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        engine.svg(DOT, choice) if file is None else engine.write(_text, file, choice)
    (finding,) = caught.value.findings
    return finding


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


# What is drawn


@pytest.mark.usefixtures("no_system")
def test_svg_text_needs_nothing_on_the_path() -> None:
    assert engine.svg(DOT).rstrip().endswith("</svg>")


@pytest.mark.usefixtures("no_system")
@pytest.mark.parametrize(
    ("suffix", "start"),
    [("svg", b"<?xml"), ("png", b"\x89PNG"), ("SVG", b"<?xml"), ("dot", b"digraph")],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    file = tmp_path / f"v3.{suffix}"
    engine.write(_text, str(file))
    assert file.read_bytes().startswith(start)
    assert _left(tmp_path) == [file.name]


def test_a_file_beside_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert engine.write(_text, "v3.svg") == ""
    assert _left(tmp_path) == ["v3.svg"]


def test_a_file_has_the_permissions_that_new_files_have(tmp_path: Path) -> None:
    engine.write(_text, str(tmp_path / "v3.dot"))
    (tmp_path / "usual").write_text("")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_two_engines_are_not_mixed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "sys.stdin.read(); print('<svg>system</svg>')")
    assert "system" in engine.svg(DOT, "system")
    assert "system" not in engine.svg(DOT, "pure")
    assert "system" not in engine.svg(DOT)


def test_the_package_graphviz_is_left_as_it_was(pure: Path) -> None:
    from graphviz.backend import dot_command

    before = dot_command.DOT_BINARY
    engine.svg(DOT)
    assert before == dot_command.DOT_BINARY != pure


def test_the_arguments_are_fixed_and_dot_comes_on_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _system(tmp_path, monkeypatch, "print(sys.argv[1:], repr(sys.stdin.read()))")
    shown = engine.svg(DOT, "system")
    assert shown.strip() == f"['-Kdot', '-Tsvg'] {DOT!r}"


# Without an engine


@pytest.mark.usefixtures("no_pure")
def test_the_system_serves_without_the_pure_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _system(tmp_path, monkeypatch, "sys.stdin.read(); print('<svg/>')")
    note = engine.write(_text, str(tmp_path / "v3.svg"))
    assert note.startswith("drawn by the system's dot, since graphviz-pure is not installed")
    assert engine.svg(DOT).strip() == "<svg/>"


@pytest.mark.usefixtures("no_pure", "no_system")
@pytest.mark.parametrize("choice", ["auto", "pure"])
def test_without_any_engine(tmp_path: Path, choice: str) -> None:
    file = tmp_path / "v3.svg"
    finding = _refused(str(file), choice)
    assert (finding.code, finding.helps) == ("E0705", ("pip install graphviz-pure",))
    assert finding.primary.span.source.name == f"-o {file}"
    assert SpecError([finding]).exit_code == 3
    assert not _left(tmp_path)


@pytest.mark.usefixtures("no_pure", "no_system")
def test_dot_text_needs_no_engine(tmp_path: Path) -> None:
    assert engine.write(_text, str(tmp_path / "v3.dot")) == ""
    assert (tmp_path / "v3.dot").read_text(encoding="utf-8") == DOT


@pytest.mark.usefixtures("no_system")
def test_the_system_was_asked_for_and_is_not_there() -> None:
    finding = _refused(None, "system")
    assert finding.code == "E0705"
    assert "apt install graphviz" in finding.helps[0]


@pytest.mark.usefixtures("no_system")
@pytest.mark.parametrize("choice", ["auto", "system", "pure"])
def test_pdf_needs_the_system(tmp_path: Path, choice: str) -> None:
    finding = _refused(str(tmp_path / "v3.pdf"), choice)
    assert finding.code == "E0705"
    assert finding.helps == (
        "install Graphviz (apt install graphviz, brew install graphviz), or write svg or png",
    )


def test_pdf_is_drawn_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "sys.stdin.read(); print('%PDF', sys.argv[1:])")
    assert engine.write(_text, str(tmp_path / "v3.pdf")) == ""
    assert (tmp_path / "v3.pdf").read_text() == "%PDF ['-Kdot', '-Tpdf']\n"


def test_an_engine_that_does_not_exist() -> None:
    finding = _refused(None, "sistem")
    assert finding.code == "E0805"
    assert finding.helps == ("did you mean `system`?",)


# An engine that fails


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.stdin.read(); sys.exit('no memory')", "no memory"),
        ("sys.stdin.read(); sys.exit(3)", "it ended with 3"),
        ("sys.stdin.read(); os.kill(os.getpid(), 9)", "it ended with -9"),
    ],
)
def test_an_engine_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    _system(tmp_path, monkeypatch, body)
    (tmp_path / "v3.png").write_text("old")
    finding = _refused(str(tmp_path / "v3.png"), "system")
    assert finding.code == "E0706"
    assert finding.message == f"`dot` failed: {reason}"
    assert (tmp_path / "v3.png").read_text() == "old"
    assert _left(tmp_path) == ["v3.png"]


def test_an_engine_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(engine, "SECONDS", 0.3)
    finding = _refused(str(tmp_path / "v3.png"), "system")
    assert finding.code == "E0706"
    assert finding.message == "`dot` failed: it had not ended after 0.3 seconds, and was stopped"
    assert "--fold network" in finding.helps[0]
    assert not _left(tmp_path)


def test_the_text_is_made_for_the_suffix(tmp_path: Path) -> None:
    asked: list[str] = []

    def text(suffix: str) -> str:
        asked.append(suffix)
        return DOT

    for suffix in ("svg", "PNG", "dot"):
        engine.write(text, str(tmp_path / f"v3.{suffix}"))
    assert asked == [".svg", ".png", ".dot"]


def test_an_engine_that_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "sys.stdin.close(); sys.exit('deaf')")
    with pytest.raises(SpecError) as caught:
        engine.svg("digraph {" + " " * 10_000_000 + "}", "system")
    assert caught.value.findings[0].code == "E0706"


def test_an_engine_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _program(tmp_path / "bin", "")
    path.write_text("#!/nowhere/at/all\n")
    monkeypatch.setenv("PATH", str(path.parent))
    assert _refused(None, "system").code == "E0706"


# Files


@pytest.mark.parametrize(
    ("name", "message", "help_"),
    [
        ("v3.sgv", "a diagram cannot end in `.sgv`", "did you mean `.svg`?"),
        ("v3", "`v3` has no suffix", "suffixes are `.svg`, `.png`, `.pdf`, `.dot` and `.html`"),
    ],
)
def test_an_unknown_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str, help_: str
) -> None:
    monkeypatch.chdir(tmp_path)
    finding = _refused(name)
    assert (finding.code, finding.message, finding.helps[0]) == ("E0804", message, help_)
    assert finding.helps[-1].startswith("suffixes are")
    assert finding.primary.span.source.name == f"-o {name}"


@pytest.mark.parametrize("suffix", ["svg", "dot"])
def test_a_missing_folder(tmp_path: Path, suffix: str) -> None:
    finding = _refused(str(tmp_path / "none" / f"v3.{suffix}"))
    assert finding.code == "E0803"
    assert "there is no folder" in finding.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "v3.svg").mkdir()
    assert _refused(str(tmp_path / "v3.svg")).code == "E0803"


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")]
)
def test_a_file_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    (tmp_path / "v3.dot").write_text("old")

    def refuse(*paths: object) -> None:
        raise error

    monkeypatch.setattr(os, "replace", refuse)
    finding = _refused(str(tmp_path / "v3.dot"))
    assert finding.code == "E0803"
    assert finding.message.endswith(error.strerror.lower())
    assert (tmp_path / "v3.dot").read_text() == "old"
    assert _left(tmp_path) == ["v3.dot"]
