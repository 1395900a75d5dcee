"""Two networks in one picture: ten pairs, both sides once, without fault, with right sums."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from compared_pairs import PAIRS, pair_of, picture_of
from picture import faults, read

import inceptionspec
from inceptionspec.analysis.costs import total
from inceptionspec.drawing.diagram import Comparison, Options, draw
from inceptionspec.drawing.diagram.comparison_boxes import ADDED, REMOVED
from inceptionspec.drawing.diagram.comparison_view import comparison_view
from inceptionspec.drawing.diagram.density import ROOMY
from inceptionspec.drawing.diagram.labels import SEPARATOR, signed
from inceptionspec.drawing.diagram.options import FOLDS, Direction, Fold
from inceptionspec.drawing.diagram.plan import plan_of
from inceptionspec.drawing.diagram.theme import LIGHT

load = inceptionspec.load


@pytest.mark.parametrize(
    ("fold", "direction"), [*((fold, "TB") for fold in FOLDS), ("layers", "LR")]
)
@pytest.mark.parametrize("name", PAIRS)
def test_nothing_is_where_it_should_not_be(name: str, fold: Fold, direction: Direction) -> None:
    old, new = pair_of(name)
    assert not list(faults(picture_of(old, new, fold=fold, direction=direction)))


@pytest.mark.parametrize("name", PAIRS)
def test_nothing_is_where_it_should_not_be_the_other_way_round(name: str) -> None:
    old, new = pair_of(name)
    assert not list(faults(picture_of(new, old, fold="layers")))


@pytest.mark.parametrize("name", PAIRS)
def test_every_layer_of_both_is_there_once_and_marked(name: str) -> None:
    old, new = pair_of(name)
    svg = draw(Comparison(old.loaded, new.loaded), Options("layers"))
    layers = {key: shape for key, shape in read(svg).nodes.items() if shape.of is not None}
    pair = PAIRS[name]
    assert len(layers) == len(new.graph.nodes) + pair.removed + pair.moved
    assert len(layers) == len(old.graph.nodes) + pair.added + pair.moved
    difference = old.diff(new)
    fills = Counter(re.findall(r'<path fill="(#\w+)" stroke="#\w+"', svg))
    for fill, count in (
        (LIGHT.added[0], pair.added + pair.moved),
        (LIGHT.removed[0], pair.removed + pair.moved),
        (LIGHT.changed[0], pair.changed + bool(difference.input)),
        (LIGHT.training[0], pair.training),
    ):
        in_legend = bool(count)
        assert fills[fill] == count + in_legend, fill
    marks = Counter(shape.words[0][:2] for shape in layers.values())
    moved = sum("moved" in shape.words for shape in layers.values())
    assert moved == 2 * pair.moved
    marked = (marks[f"{ADDED} "] - pair.moved, marks[f"{REMOVED} "] - pair.moved)
    assert marked == (pair.added, pair.removed)
    assert (len(difference.added), len(difference.removed)) == (pair.added, pair.removed)


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_boxes_cost_what_both_networks_cost(name: str, fold: Fold) -> None:
    old, new = pair_of(name)
    view = comparison_view(old.loaded, new.loaded)
    changes = view.changes
    assert changes is not None
    plan = plan_of(view, Options(fold), ROOMY, None)
    found = old.diff(new).total
    for side, figures in ((changes.before, found.old), (changes.after, found.new)):
        cost = total(side[n.path] for box in plan.boxes for n in box.nodes if n.path in side)
        assert figures is not None
        assert (cost.params, cost.macs) == (figures.params, figures.macs)


@pytest.mark.parametrize("name", PAIRS)
def test_a_block_says_by_how_much_it_differs(name: str) -> None:
    old, new = pair_of(name)
    picture = picture_of(old, new, fold="network", collapse_repeats=False)
    told = 0
    for part in old.diff(new).parts:
        shape = picture.nodes.get(part.new_path or part.old_path or "")
        if shape is None:
            continue
        if part.old is None or part.new is None:
            mark = ADDED if part.old is None else REMOVED
            assert shape.words[0] == f"{mark} {part.new_path or part.old_path}"
            continue
        changes = [
            signed(part.new.params - part.old.params, "params"),
            signed((part.new.macs or 0) - (part.old.macs or 0), "MACs"),
        ]
        line = f" {SEPARATOR} ".join(filter(None, changes))
        assert not line or line in shape.words, (part.new_path, shape.words)
        told += bool(line)
    assert told or name in ("151", "keras")


def test_a_removed_block_has_the_new_path_next_to_it() -> None:
    picture = picture_of(*pair_of("lean"), fold="network", collapse_repeats=False)
    block = picture.nodes["Mixed_6e"]
    ways = {(edge.source, edge.to) for edge in picture.edges}
    assert {("Mixed_6d", "Mixed_6e"), ("Mixed_6e", "Mixed_7a"), ("Mixed_6d", "Mixed_7a")} <= ways
    around = next(e for e in picture.edges if (e.source, e.to) == ("Mixed_6d", "Mixed_7a"))
    assert min(x for x, _ in around.points) < block.box.left


def test_layers_exchanged_before_a_concat_stand_side_by_side() -> None:
    text = """
spec: 1
name: Small
input: {size: 32x32, channels: 3}
network:
  - name: M
    branches:
      l: [{op: conv, name: c, kernel: 1x1, filters: 8}, {op: max_pool, kernel: 3}]
      r: [{op: conv, kernel: 3x3, filters: 8}]
"""
    old, new = load(text), load(text.replace("max_pool, kernel: 3", "lrn, radius: 2"))
    picture = picture_of(old, new, fold="layers")
    assert not list(faults(picture))
    gone, instead = picture.nodes["M/l/max_pool"], picture.nodes["M/l/lrn"]
    assert gone.box.right < instead.box.left
    assert gone.box.top < instead.box.bottom
    assert len(picture.nodes) == len(new.graph.nodes) + 2  # and where the two ways meet


def test_what_only_trains_differently_may_be_left_out() -> None:
    old, new = pair_of("keras")
    svg = draw(Comparison(old.loaded, new.loaded), Options("layers", training=False))
    assert LIGHT.training[0] not in svg
    assert "training:" not in svg
    assert LIGHT.changed[0] in svg
    assert "training: momentum, init, l2" in draw(
        Comparison(old.loaded, new.loaded), Options("network")
    ).replace("\xa0", " ").replace("&#160;", " ")


def test_another_input_is_said_in_its_box() -> None:
    picture = picture_of(*pair_of("151"), fold="network")
    assert picture.nodes["input"].words == ["input", "size: 299\u00d7299 to 151\u00d7151"]


def test_a_head_that_changed_is_one_head() -> None:
    picture = picture_of(*pair_of("keras"), fold="layers")
    assert [key for key in picture.frames if "Logits" in key] == ["AuxLogits", "Logits"]
    picture = picture_of(*pair_of("torchvision"), fold="network")
    assert [key for key in picture.nodes if "Logits" in key] == ["AuxLogits", "Logits"]


def test_networks_with_little_in_common_say_so_and_stand_next_to_each_other() -> None:
    old, new = load("inception_v1"), load("vgg16")
    picture = picture_of(old, new, fold="network")
    words = [word for shape in picture.legend for word in shape.words]
    assert "each drawn by itself: they have no layer in common, of 83 and 22" in words
    assert picture.nodes["old/input"].box.left > picture.nodes["input"].box.right


@pytest.mark.parametrize(
    "name", ["\u65e5\u672c\u8a9e" * 20, "x" * 100, "a\u0301 <b>&", "\u202eabc"]
)
def test_names_of_any_script_and_length(name: str) -> None:
    text = "spec: 1\nname: Old\ninput: {size: 8x8}\nnetwork: [{op: conv, kernel: 1, filters: 8}]\n"
    other = text.replace("Old", json.dumps(name)).replace("kernel: 1", "kernel: 3")
    old, new = load(text), load(other)
    assert not list(faults(picture_of(old, new)))
