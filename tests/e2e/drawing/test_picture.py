"""A drawn diagram: what it says, how its parts are named, and that no text acts as markup."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

import pytest
from picture import SVG, Picture, read
from support import ROOT

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.drawing.diagram import ByCost, Fold, Options, draw
from inceptionspec.drawing.diagram.element_ids import Drawn
from inceptionspec.drawing.diagram.options import FOLDS
from inceptionspec.drawing.diagram.theme import (
    THEMES,
)

LAYERS = Options("layers")


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


@pytest.fixture(scope="module")
def v3_layers(v3: Network) -> Picture:
    return read(draw(v3.graph, LAYERS))


def test_every_layer_is_a_box_and_every_connection_an_edge(v3: Network, v3_layers: Picture) -> None:
    nodes = v3.graph.nodes
    assert set(v3_layers.nodes) == {node.path for node in nodes}
    assert sorted((edge.source, edge.to) for edge in v3_layers.edges) == sorted(
        (nodes[source].path, node.path) for node in nodes for source in node.inputs
    )


def test_blocks_branches_heads_and_groups_are_frames(v3: Network, v3_layers: Picture) -> None:
    keys = set(v3_layers.frames)
    assert {block.path for block in v3.graph.blocks} <= keys
    assert {node.branch for node in v3.graph.nodes if node.branch} <= keys
    assert {head.name for head in v3.graph.heads} <= keys
    assert "stem" in keys  # a group


def test_the_title_has_name_input_parameters_macs_and_convention(v3: Network) -> None:
    words = [word for shape in read(draw(v3.graph)).legend for word in shape.words]
    assert words[:2] == [
        "InceptionV3",
        "input 299\u00d7299\u00d73 · 27,179,376 parameters · 5.72G MACs, all heads",
    ]


def test_boxes_say_kernel_filters_stride_and_padding(v3_layers: Picture) -> None:
    words = [shape.words for shape in v3_layers.nodes.values()]
    assert ["conv 3\u00d73, 32 filters", "stride 2, valid"] in words
    assert ["conv 1\u00d77, 192 filters"] in words
    assert ["dropout 0.2"] in words
    assert v3_layers.frames["AuxLogits"].words == ["AuxLogits", "auxiliary head", "loss weight 0.4"]
    assert v3_layers.frames["Mixed_5b"].words == ["Mixed_5b · inception_a"]
    assert v3_layers.frames["Mixed_5b/Branch_0"].words == ["Branch_0"]


def test_shapes_stand_at_the_edges_where_they_change(v3: Network, v3_layers: Picture) -> None:
    nodes = v3.graph.nodes
    said: dict[str, list[str]] = {}
    for edge in v3_layers.edges:
        said.setdefault(edge.source, []).extend(edge.words)
    for node in nodes:
        if node.path not in said:
            continue
        changed = not node.inputs or {nodes[one].shape for one in node.inputs} != {node.shape}
        shape = "\u00d7".join(map(str, node.shape))
        assert said[node.path] == ([shape] if changed else []), node.path


def test_what_nothing_reads_says_its_shape_itself(v3_layers: Picture) -> None:
    assert v3_layers.nodes["AuxLogits/SpatialSqueeze"].words == ["squeeze", "1000"]


def test_a_run_says_which_branch_it_is(v3: Network) -> None:
    picture = read(draw(v3.graph, Options("branches")))
    run = picture.nodes["Mixed_5b/Branch_1/Conv2d_0a_1x1"]
    assert run.words == ["Branch_1", "conv 1\u00d71, 48 filters", "conv 5\u00d75, 64 filters"]
    assert run.of == Drawn("run", "Mixed_5b/Branch_1/Conv2d_0a_1x1")


@pytest.mark.parametrize("fold", FOLDS)
def test_every_id_is_safe_and_of_one_thing(v3: Network, fold: Fold) -> None:
    picture = read(draw(v3.graph, Options(fold)))
    shapes = [*picture.nodes.values(), *picture.frames.values()]
    ids = [one.id for one in (*shapes, *picture.edges, *picture.legend)]
    assert len(ids) == len(set(ids))
    assert all(one.replace("-", "").replace("_", "").isalnum() for one in ids)
    for shape in shapes:
        assert shape.of is not None
        key = shape.name.removeprefix("cluster ")
        assert shape.of.path == (key.split(" ")[1] if " " in key else key)
    for edge in picture.edges:
        assert edge.of is not None
        assert edge.of.number >= 0


HOSTILE = [
    r"\N \G \L \E \T \n \l \r",
    "\\",
    "tail\\",
    '"];evil [label="x"',
    "<b>bold</b>",
    "<>",
    "<&>",
    "&lt;script&gt;",
    "&#60;",
    "]]><script>alert(1)</script>",
    "--> <!--",
    "a:b:n",
    "%s {0} $x",
    "line\nbreak\ttab",
    "\u202ereversed",
    "x" * 4000,
    "graph",
    "ünïcödé 日本",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_text_of_a_user_stays_text(v3: Network, name: str) -> None:
    graph = dataclasses.replace(v3.graph, name=name)
    usual = ElementTree.fromstring(draw(v3.graph))
    drawn_ = ElementTree.fromstring(draw(graph))
    assert [one.tag for one in drawn_.iter()] == [one.tag for one in usual.iter()]
    assert not any("href" in key for one in drawn_.iter() for key in one.attrib)
    shown = next(one.text for one in drawn_.iter(f"{SVG}text"))
    line = " ".join(name.split()).replace("\u202e", "\ufffd")
    assert shown is not None
    assert shown.replace("\xa0", " ") == (line if len(line) <= 80 else line[:77] + "...")


def test_the_pictures_of_the_documentation_are_fresh() -> None:
    tool = ROOT / "tools" / "make_pictures.py"
    result = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", THEMES)
def test_every_color_of_a_picture_is_one_of_its_theme(name: str) -> None:
    theme = THEMES[name]  # type: ignore[index]
    known: set[str] = set()
    for value in (getattr(theme, field) for field in theme.__dataclass_fields__):
        known.update((value,) if isinstance(value, str) else
                     value.values() if isinstance(value, Mapping) else value)  # fmt: skip
    graph = inceptionspec.load("inception_v3").graph
    drawn = draw(graph, Options("layers", theme=name))  # type: ignore[arg-type]
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawn)) <= known
    heat = draw(graph, Options(theme=name, coloring=ByCost("macs")))  # type: ignore[arg-type]
    assert theme.scale[-1] in heat
