"""Two networks in one picture on pages, in lines, and in parts."""

from __future__ import annotations

import re

import pytest
from compared_pairs import PAIRS, pair_of, picture_of
from picture import Picture, faults, read

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.drawing.diagram import Comparison, Options, draw
from inceptionspec.drawing.diagram.figures import MINUS
from inceptionspec.drawing.diagram.labels import TIMES
from inceptionspec.drawing.diagram.options import DIRECTIONS, Direction, PageName
from inceptionspec.drawing.diagram.paper import PAPERS

PAGES: tuple[PageName, ...] = ("a4", "slide")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", PAIRS)
def test_every_letter_is_read_on_a_page(name: str, page: PageName) -> None:
    old, new = pair_of(name)
    svg = draw(Comparison(old.loaded, new.loaded), Options(page=page))
    paper = PAPERS[page]
    letters = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2]
    assert min(letters) >= paper.least
    assert (float(width), float(height)) == (paper.width, paper.height)
    assert not list(faults(read(svg)))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_a_trunk_in_lines_keeps_to_its_room(name: str, direction: Direction) -> None:
    picture = picture_of(*pair_of(name), fold="branches", wrap=3, direction=direction)
    assert not list(faults(picture))


@pytest.mark.parametrize("name", ["paper", "lean", "v1", "torchvision", "v3 to v4"])
def test_a_part_says_by_how_much_it_differs(name: str) -> None:
    """The title of each part has the sums of the table that `diff` prints."""
    old, new = pair_of(name)
    found = 0
    for row in old.diff(new).parts:
        path = row.new_path or row.old_path
        if path is None or path == "input":
            continue
        picture = picture_of(old, new, only=path)
        before, after = (0 if one is None else one.params for one in (row.old, row.new))
        words = [word for shape in picture.legend for word in shape.words]
        assert any(word.startswith(f"{before:,} to {after:,} parameters (") for word in words), path
        assert not list(faults(picture)), path
        found += 1
    assert found > 10


def names(picture: Picture) -> set[str]:
    return {key for key, node in picture.nodes.items() if node.of and node.of.kind == "layer"}


@pytest.mark.parametrize("name", ["paper", "v1", "v3 to v4"])
def test_parts_have_every_layer_that_the_whole_has(name: str) -> None:
    old, new = pair_of(name)
    rows = old.diff(new).parts
    parts = {row.new_path or row.old_path for row in rows} - {None, "input"}
    drawn = {key for path in parts for key in names(picture_of(old, new, only=path, fold="layers"))}
    assert drawn == names(picture_of(old, new, fold="layers")) - {"input"}


def variant(changes: str) -> Network:
    """V4 with other filters in some layers."""
    return inceptionspec.loads(
        f"spec: 1\nextends: inception_v4\nname: narrow\noverride:\n  {changes}\n"
    )


def test_equal_blocks_that_changed_alike_are_drawn_once() -> None:
    old = inceptionspec.load("inception_v4")
    new = variant("blocks.inception_b/Branch_0/Conv2d_0a_1x1: {filters: 192}")
    words = picture_of(old, new, fold="network").nodes["Mixed_6c"].words
    each = picture_of(old, new, fold="network", collapse_repeats=False).nodes
    assert words[0] == "Mixed_6c to Mixed_6h"  # less comes into Mixed_6c than into Mixed_6b
    assert words[1] == f"6 {TIMES} inception_b"
    assert words[-1] == f"{each['Mixed_6c'].words[-1]} each"
    assert each["Mixed_6c"].words[-1] == each["Mixed_6h"].words[-1]


def test_blocks_that_changed_in_different_ways_are_not() -> None:
    """Of equal blocks one is another in the new network, and comes out as large as before."""
    old = inceptionspec.load("inception_v4")
    new = variant("Mixed_6e/Branch_1/Conv2d_0a_1x1: {filters: 100}")
    nodes = picture_of(old, new, fold="network").nodes
    assert nodes["Mixed_6b"].words[0] == "Mixed_6b to Mixed_6d"
    assert nodes["Mixed_6e"].words[0] == "Mixed_6e"
    assert "filters: 192 to 100" in nodes["Mixed_6e"].words
    assert nodes["Mixed_6f"].words[0] == "Mixed_6f to Mixed_6h"


def test_a_part_that_only_one_network_has() -> None:
    old, new = pair_of("lean")
    picture = picture_of(old, new, only="AuxLogits")
    words = [word for shape in picture.legend for word in shape.words]
    assert f"3,327,592 to 0 parameters ({MINUS}100.0%)" in words
    layers = [node for node in picture.nodes.values() if node.of and node.of.kind == "layer"]
    assert all(node.words[0].startswith(MINUS) for node in layers)


def test_the_python_method_draws_what_the_command_draws() -> None:
    old, new = pair_of("paper")
    svg = old.to_svg(diff=new, page="slide", only="Mixed_5b", training=False)
    options = Options(page="slide", only="Mixed_5b", training=False)
    assert svg == draw(Comparison(old.loaded, new.loaded), options)
