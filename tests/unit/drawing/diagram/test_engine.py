"""Which engine lays out a diagram, and what is refused before one is started."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from engines import DOT, left, refused, text

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram import convert, engine


@pytest.fixture
def no_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "nothing on the path"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


@pytest.fixture
def no_pure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.sysconfig, "get_path", lambda name: str(tmp_path / "no scripts"))


def test_a_file_has_the_permissions_that_new_files_have(tmp_path: Path) -> None:
    engine.write(text, str(tmp_path / "v3.dot"))
    (tmp_path / "usual").write_text("")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.usefixtures("no_pure", "no_system")
@pytest.mark.parametrize("choice", ["auto", "pure"])
def test_without_any_engine(tmp_path: Path, choice: str) -> None:
    file = tmp_path / "v3.svg"
    finding = refused(str(file), choice)
    assert (finding.code, finding.helps) == ("E0705", ("pip install graphviz-pure",))
    assert finding.primary.span.source.name == f"-o {file}"
    assert SpecError([finding]).exit_code == 3
    assert not left(tmp_path)


@pytest.mark.usefixtures("no_pure", "no_system")
def test_dot_text_needs_no_engine(tmp_path: Path) -> None:
    assert engine.write(text, str(tmp_path / "v3.dot")) == ""
    assert (tmp_path / "v3.dot").read_text(encoding="utf-8") == DOT


@pytest.mark.usefixtures("no_system")
def test_the_system_was_asked_for_and_is_not_there() -> None:
    finding = refused(None, "system")
    assert finding.code == "E0705"
    assert "apt install graphviz" in finding.helps[0]


@pytest.mark.usefixtures("no_system")
@pytest.mark.parametrize("choice", ["auto", "pure"])
def test_pdf_needs_what_makes_it(
    tmp_path: Path, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert.importlib.util, "find_spec", lambda name: None)
    finding = refused(str(tmp_path / "v3.pdf"), choice)
    assert (finding.code, finding.message) == ("E0705", "what makes a PDF is not installed")
    assert finding.helps == (
        "pip install 'inceptionspec[pdf]'",
        "or install Graphviz (apt install graphviz, brew install graphviz); "
        "svg, png and tex need neither",
    )
    assert not left(tmp_path)


@pytest.mark.usefixtures("no_system")
def test_pdf_of_the_system_needs_the_system(tmp_path: Path) -> None:
    finding = refused(str(tmp_path / "v3.pdf"), "system")
    assert finding.code == "E0705"
    assert "apt install graphviz" in finding.helps[0]


def test_an_engine_that_does_not_exist() -> None:
    finding = refused(None, "sistem")
    assert finding.code == "E0805"
    assert finding.helps == ("did you mean `system`?",)


@pytest.mark.parametrize(
    ("name", "message", "help_"),
    [
        ("v3.sgv", "a diagram cannot end in `.sgv`", "did you mean `.svg`?"),
        (
            "v3",
            "`v3` has no suffix",
            "suffixes are `.svg`, `.png`, `.pdf`, `.dot`, `.tex` and `.html`",
        ),
    ],
)
def test_an_unknown_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str, help_: str
) -> None:
    monkeypatch.chdir(tmp_path)
    finding = refused(name)
    assert (finding.code, finding.message, finding.helps[0]) == ("E0804", message, help_)
    assert finding.helps[-1].startswith("suffixes are")
    assert finding.primary.span.source.name == f"-o {name}"


@pytest.mark.parametrize("suffix", ["svg", "dot"])
def test_a_missing_folder(tmp_path: Path, suffix: str) -> None:
    finding = refused(str(tmp_path / "none" / f"v3.{suffix}"))
    assert finding.code == "E0803"
    assert "there is no folder" in finding.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "v3.svg").mkdir()
    assert refused(str(tmp_path / "v3.svg")).code == "E0803"


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
    finding = refused(str(tmp_path / "v3.dot"))
    assert finding.code == "E0803"
    assert finding.message.endswith(error.strerror.lower())
    assert (tmp_path / "v3.dot").read_text() == "old"
    assert left(tmp_path) == ["v3.dot"]
