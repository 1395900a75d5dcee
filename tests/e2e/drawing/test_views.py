"""What is drawn of a network: one part, repeats once, heat maps, and two networks as one."""

from __future__ import annotations

import pytest
from picture import Picture, faults, read

import inceptionspec
from inceptionspec.analysis.layer_values import LayerValues, identity_of_spec
from inceptionspec.api.network import Network
from inceptionspec.drawing.diagram import ByCost, ByValues, Comparison, Options, draw
from inceptionspec.drawing.diagram.colors import layer_numbers
from inceptionspec.drawing.diagram.labels import TIMES
from inceptionspec.drawing.diagram.options import FOLDS, Direction, Fold
from inceptionspec.drawing.diagram.theme import LIGHT, along_scale


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


def _drawn(network: Network, **options: object) -> Picture:
    picture = read(draw(network.graph, Options(**options)))  # type: ignore[arg-type]
    assert not list(faults(picture))
    return picture


def _words(picture: Picture) -> list[str]:
    return [word for shape in picture.legend for word in shape.words]


# One part


@pytest.mark.parametrize(
    ("path", "origin", "readers", "layers"),
    [
        ("Mixed_6b", "from stem", "to Mixed_6c", 10),
        ("Mixed_6b/Branch_1", "from Mixed_6a", "to Mixed_6b", 3),
        ("AuxLogits", "from Mixed_6e", None, 5),
        ("Logits", "from Mixed_7c", None, 5),
        ("stem", "", "to Mixed_5b", 8),
        ("Conv2d_4a_3x3", "from Conv2d_3b_1x1", "to MaxPool_5a_3x3", 1),
    ],
)
def test_one_part_between_its_input_and_its_output(
    v3: Network, path: str, origin: str, readers: str | None, layers: int
) -> None:
    picture = _drawn(v3, only=path, fold="layers")
    marks = {shape.id: shape for shape in picture.nodes.values() if shape.id.startswith("mark")}
    assert marks["mark-output"].words[:2] == ["output", *([readers] if readers else [])]
    inside = len(picture.nodes) - len(marks)
    if path == "stem":
        assert "mark-input" not in marks or marks["mark-input"].words[0] == "input"
    elif path != "Mixed_6b":
        assert marks["mark-input"].words == ["input", origin]
        assert inside == layers
    assert _words(picture)[0] == f"InceptionV3 · {path}"


def test_an_auxiliary_head_alone_is_still_called_one(v3: Network) -> None:
    picture = _drawn(v3, only="AuxLogits")
    assert picture.frames["AuxLogits"].words == ["AuxLogits", "auxiliary head", "loss weight 0.4"]


def test_one_part_of_few_layers_is_drawn_layer_by_layer(v3: Network) -> None:
    assert draw(v3.graph, Options(only="Mixed_6b")) == draw(
        v3.graph, Options(only="Mixed_6b", fold="layers")
    )


# Repeats


def test_blocks_that_are_alike_are_drawn_once() -> None:
    v4 = inceptionspec.load("inception_v4")
    picture = _drawn(v4, collapse_repeats=True, fold="network")
    titles = [shape.words[:2] for shape in picture.nodes.values()]
    assert picture.nodes["Mixed_5b"].words[2] == "318k params · 388M MACs each"
    assert not picture.nodes["Mixed_6a"].words[-1].endswith("each")
    assert ["Mixed_5b to Mixed_5e", f"4 {TIMES} inception_a"] in titles
    assert ["Mixed_6b to Mixed_6h", f"7 {TIMES} inception_b"] in titles
    assert ["Mixed_7b to Mixed_7d", f"3 {TIMES} inception_c"] in titles
    assert "Mixed_5c" not in picture.nodes
    whole = _drawn(v4, fold="network")
    assert _words(picture)[1] == _words(whole)[1]


def test_a_repeat_still_says_how_often_it_calls_its_block() -> None:
    picture = _drawn(
        inceptionspec.load("inception_resnet_v2"), collapse_repeats=True, fold="layers"
    )
    assert picture.frames["Repeat"].words[0] == f"Repeat · 10 {TIMES} block35"
    assert picture.frames["Repeat/block35_1"].words[0] == (
        f"block35_1 to block35_10 · 10 {TIMES} block35"
    )
    assert "Repeat/block35_2" not in picture.frames


def test_blocks_that_differ_or_are_read_in_between_are_drawn_each(v3: Network) -> None:
    picture = _drawn(v3, collapse_repeats=True, fold="network")
    assert picture.nodes["Mixed_6c"].words[0] == "Mixed_6c to Mixed_6d"
    for name in ("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6b", "Mixed_6e", "Mixed_7b"):
        assert picture.nodes[name].words[0] == name


# Heat maps


def test_a_box_is_painted_with_the_sum_of_its_layers(v3: Network) -> None:
    layers = {node.path: 1.0 for node in v3.graph.nodes if node.path.startswith("Mixed_5b/")}
    layers |= {node.path: 2.0 for node in v3.graph.nodes if node.path.startswith("Mixed_5c/")}
    values = ByValues(LayerValues(identity_of_spec(v3.loaded), "ms", layers))
    picture = _drawn(v3, coloring=values)
    assert picture.nodes["Mixed_5b"].words[-1] == "9 ms"
    assert picture.nodes["Mixed_5c"].words[-1] == "18 ms"
    assert _words(picture)[2:] == ["values in ms", "0 ms", "9 ms", "18 ms", "no value"]
    svg = draw(v3.graph, Options(coloring=values))
    assert f'fill="{LIGHT.scale[-1]}"' in svg
    assert f'fill="{along_scale(LIGHT.scale, 0.5)}"' in svg


def test_memory_of_a_block_is_that_of_its_largest_moment(v3: Network) -> None:
    live = layer_numbers(ByCost("memory"), v3.graph)
    assert live is not None
    picture = _drawn(v3, coloring=ByCost("memory"))
    stem = max(live[node.path] for node in v3.graph.nodes if node.group == "stem")
    name = next(key for key in picture.nodes if key.startswith("group stem"))
    assert picture.nodes[name].words[-1] == f"{stem / 2**20:.2f} MiB"


def test_values_below_zero_have_a_scale_of_their_own(v3: Network) -> None:
    values = ByValues(
        LayerValues(
            identity_of_spec(v3.loaded), "", {"Mixed_5b/concat": -4.0, "Mixed_5c/concat": 4.0}
        )
    )
    assert _words(_drawn(v3, coloring=values))[2:6] == ["values", "\u22124", "0", "4"]


# Two networks

BASE = """
spec: 1
name: Small
input: {size: 32x32, channels: 3}
network:
  - {op: conv, name: A, kernel: 3x3, filters: 8}
  - {op: conv, name: B, kernel: 3x3, filters: 8}
  - name: M
    branches:
      l: [{op: conv, kernel: 1x1, filters: 8}]
      r: [{op: conv, kernel: 3x3, filters: 8}]
  - {op: conv, name: Z, kernel: 1x1, filters: 4}
"""


def _difference(old: str, new: str, fold: Fold = "layers") -> tuple[Picture, str]:
    svg = draw(
        Comparison(inceptionspec.load(old).loaded, inceptionspec.load(new).loaded), Options(fold)
    )
    picture = read(svg)
    assert not list(faults(picture))
    return picture, svg


def _states(svg: str) -> list[str]:
    return [look for look in ("added", "removed", "changed") if getattr(LIGHT, look)[0] in svg]


@pytest.mark.parametrize(
    ("change", "states", "words"),
    [
        (("filters: 4}", "filters: 6}"), ["changed"], "filters: 4 to 6"),
        (("  - {op: conv, name: B, kernel: 3x3, filters: 8}\n", ""), ["removed"], "conv 3\u00d73"),
        (("  - name: M", "  - {op: max_pool, name: P, kernel: 3x3}\n  - name: M"), ["added"],
         "max_pool 3\u00d73"),
        (("      l:", "      n: [{op: max_pool, kernel: 3x3}]\n      l:"), ["added"], "max_pool"),
        (("      l: [{op: conv, kernel: 1x1, filters: 8}]", "      l: [{op: max_pool, kernel: 3}]"),
         ["added", "removed"], "max_pool"),
    ],
)  # fmt: skip
def test_what_changed_is_colored_where_it_stands(
    change: tuple[str, str], states: list[str], words: str
) -> None:
    assert change[0] in BASE
    picture, svg = _difference(BASE, BASE.replace(*change))
    assert _states(svg) == states
    assert any(words in word for shape in picture.nodes.values() for word in shape.words)
    assert not any(name.startswith("old/") for name in picture.nodes)


def test_the_title_tells_the_difference_in_cost() -> None:
    picture, _ = _difference("inception_v3", "inception_v3_torchvision", "network")
    assert _words(picture)[:3] == [
        "InceptionV3 → InceptionV3_torchvision",
        "27,179,376 to 27,197,488 parameters (+0.1%)",
        "5.72G to 5.72G MACs, all heads (same)",
    ]
    assert "+464 params" in picture.nodes["Mixed_5b"].words


def test_the_same_network_has_no_difference() -> None:
    picture, svg = _difference(BASE, BASE)
    assert _states(svg) == []
    assert "both compute the same" in _words(picture)


@pytest.mark.parametrize("fold", FOLDS)
def test_networks_that_have_too_little_in_common_stand_beside_each_other(fold: Fold) -> None:
    picture, _ = _difference("inception_v1", "inception_v3", fold)
    assert picture.nodes["old/input"].words == ["\u2212 input"]
    assert picture.nodes["old/input"].box.left > picture.nodes["input"].box.right


@pytest.mark.parametrize(
    ("old", "new", "fold", "direction"),
    [
        ("inception_v1", "inception_v1_paper", "layers", "LR"),
        ("inception_v1_paper", "inception_v1", "layers", "TB"),
        ("inception_v2", "bn_inception", "branches", "TB"),
        ("inception_v3_fid", "inception_v3", "layers", "TB"),
        ("inception_v3", "inception_v3_paper", "layers", "TB"),
        ("inception_v3", "inception_v3_torchvision", "layers", "TB"),
        ("inception_v3_torchvision", "inception_v3", "layers", "LR"),
        ("inception_v3_torchvision", "inception_v3", "branches", "TB"),
    ],
)
def test_differences_are_drawn_without_fault(
    old: str, new: str, fold: Fold, direction: Direction
) -> None:
    options = Options(fold, direction=direction)
    svg = draw(Comparison(inceptionspec.load(old).loaded, inceptionspec.load(new).loaded), options)
    assert not list(faults(read(svg)))


def test_every_layer_of_both_is_there() -> None:
    old, new = inceptionspec.load("inception_v1"), inceptionspec.load("inception_v1_paper")
    picture = read(draw(Comparison(old.loaded, new.loaded), Options("layers")))
    difference = old.diff(new)
    assert len(picture.nodes) == len(new.graph.nodes) + len(difference.removed)
