"""The system's Graphviz, where it is installed: the engine that can write PDF."""

from __future__ import annotations

from pathlib import Path

import pytest
from picture import read
from support import require_program

import inceptionspec


@pytest.fixture(autouse=True)
def dot() -> str:
    return require_program("dot")


def test_pdf(tmp_path: Path) -> None:
    file = tmp_path / "v3.pdf"
    inceptionspec.load("inception_v3").render(str(file), fold="network")
    assert file.read_bytes().startswith(b"%PDF")


def test_svg_on_request() -> None:
    drawn = inceptionspec.load("inception_v3").render(fold="layers", engine="system")
    assert drawn is not None
    assert drawn.rstrip().endswith("</svg>")
    assert "graphviz-pure" not in drawn
    assert drawn.count('class="node ') > 133


def test_both_engines_draw_one_layout() -> None:
    network = inceptionspec.load("inception_v3")
    ours, theirs = (
        read(network.render(fold="layers", engine=one) or "") for one in ("pure", "system")
    )
    assert ours.nodes.keys() == theirs.nodes.keys()
    for name, shape in ours.nodes.items():
        for one, other in zip(shape.box, theirs.nodes[name].box, strict=True):
            assert abs(one - other) < 1, name
