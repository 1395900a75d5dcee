"""PDF by Typst and TeX documents, where what makes them is installed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support import require_program, spec

import inceptionspec
from inceptionspec.drawing.diagram import Options, convert, draw_bytes, engine
from inceptionspec.ir.graph import Graph


@pytest.fixture(scope="module")
def graph() -> Graph:
    return inceptionspec.load("inception_v3").graph


@pytest.fixture
def no_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_system", lambda: None)


@pytest.fixture
def typst() -> None:
    pytest.importorskip("typst", reason="needs the extra pdf")


@pytest.mark.usefixtures("typst", "no_system")
def test_a_pdf_needs_no_system_package_and_has_its_fonts_and_text(graph: Graph) -> None:
    content, note = draw_bytes(graph, ".pdf", Options("branches", page="a4"))
    assert note == ""
    assert content.startswith(b"%PDF")
    assert re.search(rb"/FontFile[23]?\b", content)
    assert b"/ToUnicode" in content
    assert b"/MediaBox[0 0 595 842]" in content.replace(b"/MediaBox [", b"/MediaBox[")
    assert content == draw_bytes(graph, ".pdf", Options("branches", page="a4"))[0]


@pytest.mark.usefixtures("typst", "no_system")
def test_letters_of_any_script_are_drawn_or_said() -> None:
    text = spec("- {op: conv, name: c, kernel: 3, filters: 4}")
    named = inceptionspec.load(text.replace("name: t", 'name: "\u7f51 a"')).graph
    plain = inceptionspec.load(text.replace("name: t", "name: a")).graph
    for suffix in (".png", ".pdf"):
        content, note = draw_bytes(named, suffix, Options())
        assert content[:4] in (b"\x89PNG", b"%PDF")
        lacking = convert.unknown("\u7f51", engine.external("test"))
        assert note == ("no font of this machine has `\u7f51`" if lacking else "")
        assert draw_bytes(plain, suffix, Options())[1] == ""
    assert convert.unknown("a", engine.external("test")) == ""
    assert convert.unknown("\U0010fffe", engine.external("test")) == "\U0010fffe"


def test_without_typst_lacking_letters_are_said(
    monkeypatch: pytest.MonkeyPatch, no_system: None
) -> None:
    monkeypatch.setattr(convert, "is_installed", lambda: False)
    text = spec("- {op: conv, name: c, kernel: 3, filters: 4}")
    named = inceptionspec.load(text.replace("name: t", 'name: "\u7f51\u7edc"')).graph
    _, note = draw_bytes(named, ".png", Options())
    assert note == (
        "the engine's font lacks `\u7f51\u7edc`; "
        "after `pip install 'inceptionspec[pdf]'` another is taken"
    )


@pytest.mark.parametrize(
    "options", [Options("layers"), Options("branches", page="a4"), Options("network", wrap=2)]
)
def test_a_tex_document_compiles_to_one_page(
    tmp_path: Path, graph: Graph, options: Options
) -> None:
    program = require_program("pdflatex")
    (tmp_path / "net.tex").write_bytes(draw_bytes(graph, ".tex", options)[0])
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(r"Output written on net.pdf \(1 page,", " ".join(done.stdout.split()))
    assert "Overfull" not in done.stdout
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")
