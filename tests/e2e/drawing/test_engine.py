"""The engine: which one draws, what is said without one, and files whole or not at all."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from engines import DOT, left, refused, text

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram import engine


@pytest.fixture
def pure() -> Path:
    found = engine._pure_command()
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
    engine.write(text, str(file))
    assert file.read_bytes().startswith(start)
    assert left(tmp_path) == [file.name]


def test_a_file_beside_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert engine.write(text, "v3.svg") == ""
    assert left(tmp_path) == ["v3.svg"]


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
    note = engine.write(text, str(tmp_path / "v3.svg"))
    assert note.startswith("drawn by the system's dot, since graphviz-pure is not installed")
    assert engine.svg(DOT).strip() == "<svg/>"


def test_pdf_is_drawn_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "sys.stdin.read(); print('%PDF', sys.argv[1:])")
    assert engine.write(text, str(tmp_path / "v3.pdf"), "system") == ""
    assert (tmp_path / "v3.pdf").read_text() == "%PDF ['-Kdot', '-Tpdf']\n"


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
    finding = refused(str(tmp_path / "v3.png"), "system")
    assert finding.code == "E0706"
    assert finding.message == f"`dot` failed: {reason}"
    assert (tmp_path / "v3.png").read_text() == "old"
    assert left(tmp_path) == ["v3.png"]


def test_an_engine_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _system(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(engine, "SECONDS", 0.3)
    finding = refused(str(tmp_path / "v3.png"), "system")
    assert finding.code == "E0706"
    assert finding.message == "`dot` failed: it had not ended after 0.3 seconds, and was stopped"
    assert "--fold network" in finding.helps[0]
    assert not left(tmp_path)


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
    assert refused(None, "system").code == "E0706"


# Files
