"""Networks that read by name: edges in lanes, or all drawn by Graphviz, which is said."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import run
from picture import faults, read
from shapes import BY_NAME, spec

import inceptionspec
from inceptionspec.drawing.diagram import Direction, Fold, Options, draw
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS


@pytest.mark.parametrize("name", BY_NAME)
def test_every_layer_and_block_has_its_box_and_its_frame(name: str) -> None:
    graph = inceptionspec.load(spec(name)).graph
    svg = draw(graph, Options("layers"))
    root = ElementTree.fromstring(svg)
    kinds = [element.get("class", "").split() for element in root.iter() if element.get("class")]
    nodes = [kind for kind in kinds if kind[:1] == ["node"] and kind[1] not in ("title", "legend")]
    assert len(nodes) == len(graph.nodes)
    assert sum(kind[:1] == ["cluster"] for kind in kinds) == len(graph.blocks)
    assert sum(kind[:1] == ["edge"] for kind in kinds) == sum(
        len(node.inputs) for node in graph.nodes
    )
    words = "".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    assert all(word in words for word in (name, "convolution", "merge"))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("fold", FOLDS)
def test_a_u_net_keeps_its_trunk_straight_and_its_skips_beside(
    fold: Fold, direction: Direction
) -> None:
    graph = inceptionspec.load(spec("u_net")).graph
    picture = read(draw(graph, Options(fold, direction=direction)))
    assert not list(faults(picture))
    axis = 0 if direction == "TB" else 1
    assert len({node.box.middle[axis] for node in picture.nodes.values()}) == 1


def test_nasnet_is_read_on_a_page_cell_by_cell() -> None:
    svg = draw(inceptionspec.load("nasnet_mobile").graph, Options("network", page="a4"))
    assert not list(faults(read(svg)))
    assert "cells_10" in svg


@pytest.mark.parametrize("name", [*BY_NAME, "residual"])
def test_the_command_says_who_laid_it_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "net.yaml").write_text(spec(name))
    result = run("render", "net.yaml", "-o", "net.svg", cwd=tmp_path)
    said = "note: layers read others by name across branches or blocks, so that Graphviz laid out"
    assert (said in result.stderr) == (name == "cells")
    assert result.stdout == "wrote net.svg\n"
