"""What is said where a network does not fit a page, and what would."""

from __future__ import annotations

import re
from typing import Any

import pytest
from shapes import spec as shape

import inceptionspec
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.drawing.diagram import Options, dot_text
from inceptionspec.drawing.diagram.convert import lacking
from inceptionspec.drawing.diagram.options import PAGES, PageName
from inceptionspec.drawing.diagram.repeats import collapsed
from inceptionspec.drawing.diagram.svg_text import FAMILIES, tidy
from inceptionspec.drawing.diagram.view import part, whole


def refused(name: str, **options: Any) -> Diagnostic:
    graph = inceptionspec.load(name).graph
    with pytest.raises(SpecError) as caught:
        dot_text(graph, Options(**options))
    (finding,) = caught.value.findings
    return finding


def test_what_would_fit_is_said_and_does() -> None:
    finding = refused("inception_v3", page="column", fold="branches")
    assert finding.code == "E0830"
    assert "of `InceptionV3` would be 4." in finding.message
    assert "on a column of a paper, and are read from 7.0 pt on" in finding.message
    fold, page, part = finding.helps
    assert fold.startswith("`--fold network` would fit, with letters of 7.")
    assert page.startswith("`--page a4` would fit, with letters of 7.")
    assert part == "`--only Mixed_5b` would fit"


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("inception_v3", {"page": "column", "fold": "branches"}),
    ("inception_v3", {"page": "column", "fold": "branches", "direction": "LR", "wrap": 2}),
    ("inception_v4", {"page": "a4", "fold": "layers", "title": False}),
    ("densenet121", {"page": "slide", "fold": "branches"}),
    ("nasnet_mobile", {"page": "slide", "fold": "branches"}),
    ("nasnet_mobile", {"page": "slide", "only": "cells_1/normal_1"}),
)


@pytest.mark.parametrize(("name", "options"), REFUSED)
def test_all_that_is_advised_fits(name: str, options: dict[str, Any]) -> None:
    finding = refused(name, **options)
    assert finding.helps
    for advice in finding.helps:
        words = re.findall("`(--[^`]*)`", advice)
        if advice.startswith("leave out"):
            changed = {key: value for key, value in options.items() if key != words[0][2:]}
        else:
            changed = options | given(words[0])
        dot_text(inceptionspec.load(name).graph, Options(**changed))


def given(words: str) -> dict[str, Any]:
    """The options of a command line."""
    found: dict[str, Any] = {}
    for word in words.split():
        if word.startswith("--no-"):
            found[word[5:]] = False
        elif word == "--collapse-repeats":
            found["collapse_repeats"] = True
        elif word.startswith("--"):
            name = word[2:]
        else:
            found[name] = int(word) if name == "wrap" else word
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["nasnet_mobile", "bn_inception", "convnext_tiny"])
def test_networks_that_just_fit_every_page(name: str, page: PageName) -> None:
    assert 'pos="' in dot_text(inceptionspec.load(name).graph, Options(page=page))


def test_a_part_of_equal_blocks_ends_in_the_one_that_is_drawn() -> None:
    graph = inceptionspec.load("resnet50_v2").graph
    view = whole(graph)
    blocks = {block.path for block in graph.blocks if block.kind == "repeat"}
    for path in sorted(blocks)[:2] or ["conv2_block1"]:
        once = collapsed(part(view, path))
        assert {once.graph.nodes[end].path for end in once.ends} <= {
            node.path for node in once.graph.nodes
        }
        assert "mark-output" in dot_text(graph, Options(only=path, collapse_repeats=True))


@pytest.mark.parametrize("options", [{"page": "slide"}, {"wrap": 2}])
def test_what_has_no_rows_is_refused(options: dict[str, Any]) -> None:
    finding = refused(shape("cells"), fold="layers", **options)
    assert finding.code == "E0831"


def test_a_wrap_of_more_lines_than_boxes_draws_as_many_as_there_are() -> None:
    graph = inceptionspec.load(shape("residual")).graph
    for lines in (3, 50):
        assert "layout=nop2" in dot_text(graph, Options("network", wrap=lines))


def test_titles_name_what_is_drawn() -> None:
    svg = (
        '<g id="graph0" class="graph" transform="x"><title>network</title>\n'
        "<title>title 0</title>\n<title>legend 12</title>\n<title>cluster Mixed_5b</title>"
        "<title>cluster group stem 1</title><title>cluster piece Repeat/a 12</title>"
        '<title>a/title_0</title><text x="1" font-family="Helvetica,sans-Serif">a</text>'
    )
    assert tidy(svg) == (
        f'<g id="graph0" class="graph" font-family="{FAMILIES}" transform="x">'
        "<title>Mixed_5b</title><title>stem</title><title>Repeat/a</title>"
        '<title>a/title_0</title><text x="1">a</text>'
    )


def test_letters_that_the_engines_font_lacks() -> None:
    assert lacking("conv 1x1 \u00d7 \u00b7 \u03bb \u0416 \u00fc\n") == ""
    assert lacking("\u7f51\u7edc \u7f51 a\U0001f600") == "\u7f51\u7edc\U0001f600"
