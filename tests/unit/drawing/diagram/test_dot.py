"""The diagram: what it says, how it is named, and that no text acts as markup."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from picture import SVG, Picture, read
from support import CORPUS, ROOT

import inceptionspec
from inceptionspec.drawing.diagram import Fold, Options, dot_text, draw
from inceptionspec.drawing.diagram.element_ids import Drawn, drawn, edge_id, id_of
from inceptionspec.drawing.diagram.options import FOLDS
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.network import Network

GOLDEN = CORPUS / "golden" / "dot"
LAYERS = Options("layers")
TWO_BRANCHES = """
spec: 1
name: Two branches
input: {size: 32x32, channels: 3}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 8, stride: 2, padding: valid}
  - name: Mixed
    branches:
      Left:
        - {op: max_pool, name: Pool, kernel: 3x3}
      Right:
        - {op: conv, name: Reduce, kernel: 1x1, filters: 8}
        - {op: conv, name: Wide, kernel: 1x7, filters: 16}
main: Logits
heads:
  Logits:
    from: Mixed
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Classes, units: 10}
"""


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


@pytest.fixture(scope="module")
def v3_layers(v3: Network) -> Picture:
    return read(draw(v3.graph, LAYERS))


# Golden files


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", builtin_names())
def test_golden(name: str, fold: Fold) -> None:
    text = dot_text(inceptionspec.load(name).graph, Options(fold))
    assert text == (GOLDEN / f"{name}.{fold}.dot").read_text(encoding="utf-8")


def test_golden_files_are_of_networks() -> None:
    names = {f"{name}.{fold}.dot" for name in builtin_names() for fold in FOLDS}
    assert {path.name for path in GOLDEN.iterdir()} == names


# What it says


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
    assert len([key for key in keys if key.startswith("group stem")]) == 1


def test_the_title_has_name_input_parameters_macs_and_convention(v3: Network) -> None:
    words = [word for shape in read(draw(v3.graph)).legend for word in shape.words]
    assert words[:2] == [
        "InceptionV3",
        "input 299x299x3 · 27,179,376 parameters · 5.72 GMACs, all heads",
    ]


def test_a_single_head_is_named_as_the_convention() -> None:
    text = dot_text(inceptionspec.load("inception_v3", head="Logits").graph)
    assert "23,851,784 parameters · 5.71 GMACs, head Logits" in text
    assert "AuxLogits" not in text


def test_boxes_say_kernel_filters_stride_and_padding(v3_layers: Picture) -> None:
    words = [shape.words for shape in v3_layers.nodes.values()]
    assert ["conv 3x3, 32 filters", "stride 2, valid"] in words
    assert ["conv 1x7, 192 filters"] in words
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
        shape = "x".join(map(str, node.shape))
        assert said[node.path] == ([shape] if changed else []), node.path


def test_what_nothing_reads_says_its_shape_itself(v3_layers: Picture) -> None:
    assert v3_layers.nodes["AuxLogits/SpatialSqueeze"].words == ["squeeze", "1000"]


def test_an_open_input_leaves_macs_open() -> None:
    text = dot_text(inceptionspec.load("inception_v3", input="any", head="Logits").graph)
    assert "input ?x?x3" in text
    assert "MACs open" in text


def test_large_networks_fold_to_blocks_unless_told_otherwise(v3: Network) -> None:
    assert dot_text(v3.graph) == dot_text(v3.graph, Options("network"))
    small = inceptionspec.load(TWO_BRANCHES).graph
    assert dot_text(small) == dot_text(small, LAYERS)


@pytest.mark.parametrize("fold", ["network", "branches"])
def test_a_long_run_is_cut_short(fold: Fold) -> None:
    layers = "".join("  - {op: conv, kernel: 3x3, filters: 8}\n" for _ in range(40))
    spec = f"spec: 1\nname: Long\ninput: {{size: 32x32}}\nnetwork:\n{layers}"
    text = dot_text(inceptionspec.load(spec).graph, Options(fold))
    assert "29 more" in text
    assert text.count("conv 3x3") == 11


def test_a_run_says_which_branch_it_is(v3: Network) -> None:
    picture = read(draw(v3.graph, Options("branches")))
    run = picture.nodes["Mixed_5b/Branch_1/Conv2d_0a_1x1"]
    assert run.words == ["Branch_1", "conv 1x1, 48 filters", "conv 5x5, 64 filters"]
    assert run.of == Drawn("run", "Mixed_5b/Branch_1/Conv2d_0a_1x1")


# Ids


def test_an_id_leads_back_to_its_path() -> None:
    path = "Mixed_5b/Branch_0/Conv2d_0a_1x1"
    assert id_of("layer", path) == "layer-Mixed_5b-Branch_0-Conv2d_0a_1x1"
    assert drawn(id_of("layer", path)) == Drawn("layer", path)
    assert drawn(edge_id("a/b", "c", 2)) == Drawn("edge", "a/b", "c", 2)
    assert drawn("group-stem--1") == Drawn("group", "stem", "", 1)
    strangers = ("", "title-0", "layer-", "layer", "edge-a--b", "edge-a--b--x", "group-a", "x-y")
    assert [drawn(one) for one in strangers] == [None] * len(strangers)


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


# Strangers' text

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


def test_no_text_of_a_spec_becomes_an_attribute() -> None:
    spec = TWO_BRANCHES.replace("name: Two branches", "name: '<<b>x</b>>'\ndoc: '<i>y</i>'", 1)
    text = dot_text(inceptionspec.load(spec).graph)
    assert 'label="<<b>x</b>>\\l"' in text
    assert "URL" not in text
    assert "href" not in text
    assert "<i>" not in text


def test_bytes_do_not_hang_on_the_hash_seed() -> None:
    script = (
        "import sys, inceptionspec; from inceptionspec.drawing.diagram import Options, draw; "
        "sys.stdout.write(draw(inceptionspec.load('inception_v3').graph, Options('layers')))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(seen) == 1


def test_drawing_needs_neither_tensorflow_nor_numpy() -> None:
    script = (
        "import sys, inceptionspec; from inceptionspec.drawing.diagram import draw; "
        "draw(inceptionspec.load('inception_v3').graph); "
        "assert not {'tensorflow', 'keras', 'numpy', 'rich', 'jsonschema'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_pictures_of_the_documentation_are_fresh() -> None:
    tool = ROOT / "tools" / "make_pictures.py"
    result = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
