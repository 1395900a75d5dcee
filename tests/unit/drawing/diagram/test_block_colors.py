"""The color of a block: one for a name, whatever is drawn, and seen apart from its neighbors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain

import pytest
from color_vision import lightness_apart, seen_apart
from compared_pairs import PAIRS, pair_of

import inceptionspec
from inceptionspec.drawing.diagram import Options
from inceptionspec.drawing.diagram.block_colors import FAMILIES, block_fills, definitions_of
from inceptionspec.drawing.diagram.comparison_view import comparison_view
from inceptionspec.drawing.diagram.options import FOLDS, Fold, ThemeName
from inceptionspec.drawing.diagram.paper import fitted
from inceptionspec.drawing.diagram.placing import scene_of
from inceptionspec.drawing.diagram.repeats import collapsed
from inceptionspec.drawing.diagram.scene import Scene
from inceptionspec.drawing.diagram.theme import LIGHT, PRINT, THEMES, Theme
from inceptionspec.drawing.diagram.view import View, part, whole
from inceptionspec.drawing.page.network_data import payload
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ir.graph import Graph

BUILTIN = builtin_names()


@cache
def graph_of(name: str) -> Graph:
    return inceptionspec.load(name).graph


def drawn(view: View, fold: Fold, theme: ThemeName = "light") -> Scene:
    return scene_of(view, Options(fold, theme=theme), None)


def called(scene: Scene) -> Iterator[tuple[str, str]]:
    """Each block that is one box: its definition and its fill."""
    for box, fill in zip(scene.boxes, scene.paint.fills, strict=True):
        if box.kind == "block" and scene.all_frames.by_key[box.key].definition:
            yield scene.all_frames.by_key[box.key].definition, fill


def test_the_table_has_a_row_for_each_fill_and_each_name_once() -> None:
    names = [*chain.from_iterable(FAMILIES)]
    assert len(set(names)) == len(names)
    assert all(len(theme.blocks) == len(FAMILIES) for theme in THEMES.values())


def test_the_table_has_the_definitions_of_all_networks_that_come_along() -> None:
    used = {name for network in BUILTIN for name in definitions_of(graph_of(network))}
    assert used == set(chain.from_iterable(FAMILIES))


@pytest.mark.parametrize("name", BUILTIN)
def test_no_two_blocks_of_a_network_look_alike(name: str) -> None:
    definitions = definitions_of(graph_of(name))
    fills = block_fills(definitions, LIGHT.blocks)
    assert set(fills) == set(definitions)
    assert len(set(fills.values())) == len(fills)


def test_a_block_has_one_color_in_all_views_and_networks_of_a_family() -> None:
    fills: dict[str, set[str]] = {}
    for name in ("inception_v3", "inception_v3_paper", "inception_v4"):
        for view in (
            whole(graph_of(name)),
            collapsed(whole(graph_of(name))),
            part(whole(graph_of(name)), "Mixed_7b"),
            part(whole(graph_of(name)), "Mixed_6b"),
        ):
            for definition, fill in called(drawn(view, "network")):
                fills.setdefault(definition, set()).add(fill)
        on_page = payload(inceptionspec.load(name).loaded)["colors"]["light"]["blocks"]
        for definition, fill in on_page.items():
            fills.setdefault(definition, set()).add(fill)
    assert len(fills) == 5
    assert all(len(found) == 1 for found in fills.values()), fills


def test_the_order_of_names_does_not_matter() -> None:
    names = ["stage", "cell", "gate", "tower", "unit"]
    assert block_fills(names, LIGHT.blocks) == block_fills(names[::-1], LIGHT.blocks)


def test_names_of_the_table_keep_their_color_whatever_else_is_called() -> None:
    alone = block_fills(["inception_a", "inception_b"], LIGHT.blocks)
    others = [f"mine_{number}" for number in range(20)]
    both = block_fills([*others, "inception_b", "inception_a"], LIGHT.blocks)
    assert both["inception_a"] == alone["inception_a"]
    assert both["inception_b"] == alone["inception_b"]
    assert len(both) == len(LIGHT.blocks)
    assert len(set(both.values())) == len(LIGHT.blocks)


def neighbors(scene: Scene) -> Iterator[tuple[str, str]]:
    """The fills of boxes that an edge joins, and of those next to each other across the flow."""
    fills = scene.paint.fills
    for edge in scene.edges:
        yield fills[edge.source], fills[edge.to]
    if not scene.placed:
        return
    for at, one in enumerate(scene.rects):
        right = [
            (other.left, number)
            for number, other in enumerate(scene.rects)
            if other.left >= one.right and min(one.bottom, other.bottom) > max(one.top, other.top)
        ]
        for left, number in right:
            if left == min(right)[0]:
                yield fills[at], fills[number]


@pytest.mark.parametrize("name", BUILTIN)
def test_neighbors_are_seen_apart(name: str) -> None:
    """By everybody on a screen, and in a print without colors."""
    found: dict[ThemeName, set[tuple[str, str]]] = {theme: set() for theme in THEMES}
    for fold in FOLDS:
        for view in (whole(graph_of(name)), collapsed(whole(graph_of(name)))):
            for theme in THEMES:
                pairs = neighbors(drawn(view, fold, theme))
                found[theme] |= {(min(pair), max(pair)) for pair in pairs if len(set(pair)) > 1}
    for one, other in found["light"] | found["dark"]:
        assert seen_apart(one, other) >= 12, (one, other)
    for one, other in found["print"]:
        assert lightness_apart(one, other) >= 6, (one, other)


def kinds(theme: Theme) -> list[str]:
    """What fills mean in a network."""
    return [*theme.blocks, *theme.categories.values()]


def states(theme: Theme) -> list[str]:
    """What they mean in a comparison; where two ways meet is like an edge."""
    looks = (theme.kept, theme.added, theme.removed, theme.changed, theme.training)
    return [*(fill for fill, _ in looks), theme.line]


def assert_apart(scenes: Iterable[Scene], meanings: Callable[[Theme], list[str]]) -> None:
    """Neighbors in scenes of the light theme differ in all themes for everybody."""
    found = {frozenset(pair) for scene in scenes for pair in neighbors(scene)}
    for theme in THEMES.values():
        fills = dict(zip(meanings(LIGHT), meanings(theme), strict=True))
        for pair in found:
            if len(pair) == 2:
                one, other = (fills[fill] for fill in pair)
                if theme is PRINT:
                    assert lightness_apart(one, other) >= 6, (pair, one, other)
                else:
                    assert seen_apart(one, other) >= 12, (pair, one, other)


@pytest.mark.parametrize("name", BUILTIN)
def test_neighbors_are_seen_apart_in_lines_and_on_pages(name: str) -> None:
    """Where a trunk is wrapped, other blocks stand next to each other."""
    view = whole(graph_of(name))
    scenes = [scene_of(view, Options(fold, wrap=3), None) for fold in ("network", "branches")]
    scenes += [fitted(view, Options(page=page), None).scene for page in ("a4", "slide")]
    assert_apart(scenes, kinds)


@pytest.mark.parametrize("name", PAIRS)
def test_neighbors_are_seen_apart_in_comparisons(name: str) -> None:
    old, new = pair_of(name)
    view = comparison_view(old.loaded, new.loaded)
    assert_apart([scene_of(view, Options(fold, wrap=2), None) for fold in FOLDS], states)


def test_fills_of_print_leave_ink_to_letters() -> None:
    for fill in (*PRINT.blocks, *PRINT.categories.values()):
        assert lightness_apart(fill, "#000000") >= 28, fill
