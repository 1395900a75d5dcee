"""The diagram: what it says, in which order it stands, and that no text acts as markup."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

import inceptionspec
from inceptionspec.backends.diagram import Fold, dot_text, draw, palette
from inceptionspec.graph import Graph
from inceptionspec.network import Network
from inceptionspec.ops import OPS

GOLDEN = Path(__file__).parents[2] / "golden"
SVG = "{http://www.w3.org/2000/svg}"
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
RESIDUAL = """
spec: 1
name: Residual
input: {size: 32x32, channels: 8}
blocks:
  plain:
    residual: {scale: 0.5}
    layers:
      - {op: conv, kernel: 3x3, filters: 8}
      - {op: conv, kernel: 3x3, filters: 8}
  wide:
    branches:
      Before:
        - {op: conv, kernel: 1x1, filters: 4}
      Nothing: []
      After:
        - {op: conv, kernel: 3x3, filters: 4}
        - {op: conv, kernel: 3x3, filters: 4}
network:
  - {block: plain, name: Same}
  - {block: wide, name: Wide}
"""
# Adobe's widths of Helvetica in thousandths of its size, from the space to the tilde.
HELVETICA = dict(zip(map(chr, range(32, 127)), [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    *[556] * 10, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
], strict=True))  # fmt: skip


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


class Picture:
    """An SVG as boxes by name: what a node or a frame covers, and what its texts cover."""

    def __init__(self, svg: str) -> None:
        self.nodes: dict[str, Box] = {}
        self.beads: dict[str, Box] = {}
        self.frames: dict[str, Box] = {}
        self.texts: dict[str, list[Box]] = {}
        self.edges: set[str] = set()
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
            title = group.findtext(f"{SVG}title", "")
            if group.get("class") == "edge":
                self.edges.add(title)
            elif group.get("class") in ("node", "cluster"):
                self._shape(group, title)

    def _shape(self, group: ElementTree.Element, title: str) -> None:
        outline = group.find(f"{SVG}path")
        self.texts[title] = [_text_box(text) for text in group.findall(f"{SVG}text")]
        if outline is not None:
            into = self.nodes if group.get("class") == "node" else self.frames
            into[title] = _bounds(outline.get("d", ""))
        elif (bead := group.find(f"{SVG}ellipse")) is not None:
            x, y = float(bead.get("cx", 0)), float(bead.get("cy", 0))
            self.beads[title] = Box(x, y, x, y)


def _bounds(path: str) -> Box:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return Box(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]))


def _text_box(text: ElementTree.Element) -> Box:
    size, x, y = (float(text.get(key, 0)) for key in ("font-size", "x", "y"))
    width = sum(HELVETICA.get(one, 1000) for one in text.text or "") * size / 1000
    left = {"start": x, "middle": x - width / 2, "end": x - width}[text.get("text-anchor", "")]
    return Box(left, y - 0.72 * size, left + width, y + 0.21 * size)


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


@pytest.fixture(scope="module")
def v3_layers(v3: Network) -> Picture:
    return Picture(draw(v3.graph, fold="layers"))


def _branches(graph: Graph, merge: int) -> list[list[str]]:
    """The paths of the layers of each branch of a merge that forks at its block's input."""
    result = []
    for end in graph.nodes[merge].inputs:
        branch = graph.nodes[end].branch
        result.append([node.path for node in graph.nodes if node.branch == branch])
    return result


# Order


def test_branches_stand_left_to_right_in_the_order_of_the_spec(
    v3: Network, v3_layers: Picture
) -> None:
    assert len(v3.graph.blocks) == 11
    for block in v3.graph.blocks:
        branches = _branches(v3.graph, block.output)
        assert len(branches) in (3, 4)
        # Layers of one row, that is what an eye compares: no branch reaches over another.
        for left, right in combinations(branches, 2):
            for one in left:
                for other in right:
                    first, second = v3_layers.nodes[one], v3_layers.nodes[other]
                    if first.top < second.bottom and second.top < first.bottom:
                        assert first.right < second.left, (one, other)
        heads = [v3_layers.nodes[branch[0]].middle for branch in branches]
        assert heads == sorted(heads), block.path


def test_branches_inside_branches_keep_their_order(v3_layers: Picture) -> None:
    nodes = v3_layers.nodes
    for block, names in (("Mixed_7b", ("0b_1x3", "0b_3x1")), ("Mixed_7c", ("0b_1x3", "0c_3x1"))):
        left, right = (nodes[f"{block}/Branch_1/Conv2d_{name}"] for name in names)
        assert left.right < right.left


@pytest.mark.parametrize("fold", ["network", "branches", "layers"])
def test_the_trunk_is_straight(v3: Network, fold: Fold) -> None:
    nodes = Picture(draw(v3.graph, fold=fold)).nodes
    names = [
        "input",
        *(block.path if fold == "network" else f"{block.path}/concat" for block in v3.graph.blocks),
    ]
    middles = [nodes[name].middle for name in names]
    assert max(middles) - min(middles) < 1


def test_each_branch_is_a_straight_column(v3: Network, v3_layers: Picture) -> None:
    for block in v3.graph.blocks:
        for branch in _branches(v3.graph, block.output):
            if not any(path.endswith("/concat") for path in branch):
                middles = [v3_layers.nodes[path].middle for path in branch]
                assert max(middles) - min(middles) < 1, branch


def test_the_auxiliary_head_is_a_column_beside_the_trunk(v3: Network, v3_layers: Picture) -> None:
    column = [
        v3_layers.nodes[v3.graph.nodes[index].path] for index in v3.graph.head("AuxLogits").members
    ]
    assert max(box.middle for box in column) - min(box.middle for box in column) < 1
    assert min(box.left for box in column) > v3_layers.frames["cluster Mixed_7a"].right


def test_an_empty_branch_keeps_its_turn() -> None:
    picture = Picture(draw(inceptionspec.load(RESIDUAL).graph))
    shortcut = picture.beads["Same/add 0"]
    assert shortcut.middle < picture.nodes["Same/conv"].left
    before, after = picture.nodes["Wide/Before/conv"], picture.nodes["Wide/After/conv"]
    assert before.right < picture.beads["Wide/concat 1"].middle < after.left


# Room


@pytest.mark.parametrize("fold", ["network", "branches", "layers"])
@pytest.mark.parametrize("spec", ["inception_v3", RESIDUAL, TWO_BRANCHES])
def test_boxes_do_not_overlap_and_hold_their_labels(spec: str, fold: Fold) -> None:
    picture = Picture(draw(inceptionspec.load(spec).graph, fold=fold))
    for (one, first), (other, second) in combinations(picture.nodes.items(), 2):
        assert not first.overlaps(second), (one, other)
    for name, box in (picture.nodes | picture.frames).items():
        for text in picture.texts[name]:
            assert box.holds(text), name
    assert all(text.bottom - text.top > 8 for texts in picture.texts.values() for text in texts)


def test_frames_hold_their_layers(v3: Network, v3_layers: Picture) -> None:
    for block in v3.graph.blocks:
        for index in block.members:
            frame = v3_layers.frames[f"cluster {block.path}"]
            assert frame.holds(v3_layers.nodes[v3.graph.nodes[index].path])


# What it says


@pytest.mark.parametrize(
    ("name", "spec", "fold"),
    [
        ("two_branches", TWO_BRANCHES, "layers"),
        ("inception_v3_network", "inception_v3", "network"),
    ],
)
def test_golden(name: str, spec: str, fold: Fold) -> None:
    text = dot_text(inceptionspec.load(spec).graph, fold)
    assert text == (GOLDEN / f"{name}.dot").read_text(encoding="utf-8")


def test_every_layer_is_a_box_and_every_connection_an_edge(v3: Network, v3_layers: Picture) -> None:
    nodes = v3.graph.nodes
    assert set(v3_layers.nodes) >= {node.path for node in nodes}
    assert v3_layers.edges >= {
        f"{nodes[source].path}->{node.path}" for node in nodes for source in node.inputs
    }


def test_the_title_has_name_input_parameters_macs_and_convention(v3: Network) -> None:
    text = dot_text(v3.graph)
    assert 'label="InceptionV3\\n"' in text
    assert "input 299x299x3 · 27,179,376 parameters · 5.72 GMACs, all heads" in text


def test_a_single_head_is_named_as_the_convention() -> None:
    text = dot_text(inceptionspec.load("inception_v3", head="Logits").graph)
    assert "23,851,784 parameters · 5.71 GMACs, head Logits" in text
    assert "AuxLogits" not in text


def test_boxes_say_kernel_filters_stride_and_padding(v3: Network) -> None:
    text = dot_text(v3.graph, "layers")
    assert r'label="conv 3x3, 32 filters\nstride 2, valid\n149x149x32\n"' in text
    assert r'label="conv 1x7, 192 filters\n17x17x192\n"' in text
    assert r'label="dropout 0.2\n"' in text
    assert r'label="AuxLogits\lauxiliary head\lloss weight 0.4\l"' in text
    assert 'label="Mixed_5b · inception_a\\n"' in text


def test_an_open_input_leaves_macs_open() -> None:
    text = dot_text(inceptionspec.load("inception_v3", input="any", head="Logits").graph)
    assert "input ?x?x3" in text
    assert "MACs open" in text


def test_every_layer_is_drawn_unless_told_otherwise(v3: Network) -> None:
    assert dot_text(v3.graph) == dot_text(v3.graph, "layers")


@pytest.mark.parametrize("fold", ["network", "branches"])
def test_a_long_run_is_cut_short(fold: Fold) -> None:
    layers = "".join("  - {op: conv, kernel: 3x3, filters: 8}\n" for _ in range(40))
    spec = f"spec: 1\nname: Long\ninput: {{size: 32x32}}\nnetwork:\n{layers}"
    text = dot_text(inceptionspec.load(spec).graph, fold)
    assert "29 more" in text
    assert text.count("conv 3x3") == 11


def test_categories_and_colours_are_the_same_set() -> None:
    assert set(palette.PALETTE) == {op.category for op in OPS.values()} | {palette.MIXED}


def test_colours_differ_in_grey_and_text_is_read_on_them() -> None:
    greys = {name: _luminance(colour.fill) for name, colour in palette.PALETTE.items()}
    for one, other in combinations(greys, 2):
        assert abs(_lightness(greys[one]) - _lightness(greys[other])) >= 3, (one, other)
    for name, colour in palette.PALETTE.items():
        dark, light = sorted((greys[name], _luminance(colour.text)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightness(luminance: float) -> float:
    """CIE L*, in which equal steps look equal."""
    return float(116 * luminance ** (1 / 3) - 16)


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
    network = Network(v3.source, v3.spec, v3.tree, v3.plan, graph, v3.knobs)
    drawn = ElementTree.fromstring(draw(network.graph))
    assert [one.tag for one in drawn.iter()] == [one.tag for one in usual.iter()]
    assert not any("href" in key for one in drawn.iter() for key in one.attrib)
    shown = next(one.text for one in drawn.iter(f"{SVG}text"))
    line = " ".join(name.split()).replace("\u202e", "\ufffd")
    assert shown is not None
    assert shown.replace("\xa0", " ") == (line if len(line) <= 80 else line[:77] + "...")


def test_no_text_of_a_spec_becomes_an_attribute() -> None:
    spec = TWO_BRANCHES.replace("name: Two branches", "name: '<<b>x</b>>'", 1)
    text = dot_text(inceptionspec.load(spec).graph)
    assert 'label="<<b>x</b>>\\n"' in text
    assert "URL" not in text
    assert "href" not in text


def test_bytes_do_not_hang_on_the_hash_seed() -> None:
    script = (
        "import sys, inceptionspec; from inceptionspec.backends.diagram import draw; "
        "sys.stdout.write(draw(inceptionspec.load('inception_v3').graph, fold='layers'))"
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
        "import sys, inceptionspec; from inceptionspec.backends.diagram import draw; "
        "draw(inceptionspec.load('inception_v3').graph); "
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_module_is_imported_without_the_package_graphviz() -> None:
    script = "import sys, inceptionspec.backends.diagram; assert 'graphviz' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
