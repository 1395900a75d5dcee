"""Networks of every shape: nests, long chains, heads in odd places, open sizes, empty branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shapes
from geometry import GEOMETRY
from support import spec

import inceptionspec

Show = Callable[..., Any]


def nest(depth: int) -> str:
    """Branches in branches, each with a layer beside."""
    inner = "{op: conv, name: c, kernel: 1, filters: 4}"
    for number in range(depth):
        inner = (
            f"{{name: n{number}, branches: {{a: [{inner}], "
            f"b: [{{op: conv, name: d, kernel: 3, filters: 4}}], e: []}}}}"
        )
    return spec(f"- {inner}")


def chain(layers: int) -> str:
    """Layers one after the other, without a block."""
    return spec(
        "\n".join(
            f"- {{op: conv, name: c{number}, kernel: 3, filters: 4}}" for number in range(layers)
        )
    )


HEADS_INSIDE = spec(
    "- {op: conv, name: first, kernel: 3, filters: 4}\n"
    "- name: wide\n"
    "  branches:\n"
    "    left: [{op: conv, name: a, kernel: 1, filters: 4}, {op: conv, name: b, kernel: 3, "
    "filters: 4}]\n"
    "    middle: [{name: inner, branches: {one: [{op: conv, name: c, kernel: 1, filters: 4}], "
    "two: [{op: conv, name: d, kernel: 3, filters: 8}]}}]\n"
    "    right: [{op: max_pool, name: p, kernel: 3}]\n"
    "- {op: conv, name: last, kernel: 3, filters: 4}",
    rest=(
        "main: Early\nheads:\n"
        "  Late: {from: last, layers: [{op: global_avg_pool}, {op: dense, units: 5}]}\n"
        "  Early: {from: first, layers: [{op: global_avg_pool}, {op: dense, units: 5}]}\n"
        "  Inside: {from: wide/middle/inner/one/c, loss_weight: 0.3, "
        "layers: [{op: global_avg_pool}, {op: dense, units: 5}]}\n"
        "  Again: {from: wide/middle/inner/one/c, layers: [{op: flatten}, {op: dense, units: 5}]}\n"
        "  Behind: {from: Early/global_avg_pool, layers: [{op: dense, units: 5}]}\n"
    ),
)
SHAPES = {
    "one layer": chain(1),
    "a chain": chain(80),
    "a nest": nest(8),
    "heads inside": HEADS_INSIDE,
    "only empty branches": spec("- {name: twice, branches: [[], []]}"),
    "an empty branch between": spec(
        "- {name: m, branches: {a: [{op: conv, kernel: 3, filters: 3}], b: [], "
        "c: [{op: conv, kernel: 1, filters: 3}]}}"
    ),
    "a gate": spec(
        "- {op: conv, name: c, kernel: 3, filters: 8}\n"
        "- {name: gate, merge: multiply, branches: {same: [], weight: [{op: global_avg_pool}, "
        "{op: dense, units: 8, activation: sigmoid}]}}"
    ),
    "residuals in residuals": spec(
        "- {op: conv, name: c, kernel: 3, filters: 8}\n"
        "- {name: o, residual: {}, layers: [{name: i, residual: {}, layers: "
        "[{op: conv, kernel: 3, filters: input}]}, {op: conv, kernel: 1, filters: input}]}"
    ),
    "a U-Net": shapes.spec("u_net"),
    "cells that read the two before": shapes.spec("cells"),
    "a merge that reads one branch first in another": spec(
        "- {name: m, branches: [[{branches: [[{op: conv, kernel: 1, filters: 2}], "
        "[{op: conv, kernel: 3, filters: 2}]]}], [{op: conv, kernel: 5, filters: 2}]]}"
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_laid_out(show: Show, name: str) -> None:
    page = show(SHAPES[name])
    for _ in ("down", "to the right"):
        for fold in ("network", "branches", "layers"):
            page.evaluate(f"document.querySelector('[data-fold={fold}]').click()")
            assert page.evaluate(GEOMETRY) == []
        page.keyboard.press("d")
    layers = len(inceptionspec.load(SHAPES[name]).graph.nodes)
    assert page.evaluate("drawing.boxes().filter(box => box.kind === 'layer').length") == layers


@pytest.mark.parametrize("text", [HEADS_INSIDE, shapes.spec("u_net"), shapes.spec("cells")])
def test_every_connection_is_drawn_once(show: Show, text: str) -> None:
    page = show(text, {"fold": "layers"})
    graph = inceptionspec.load(text).graph
    drawn = page.evaluate("drawing.edges().map(edge => [edge.source, edge.target])")
    assert sorted(map(tuple, drawn)) == sorted(
        (source, node.index) for node in graph.nodes for source in node.inputs
    )


@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v2", "xception"])
def test_every_connection_of_a_network_is_drawn_once(show: Show, name: str) -> None:
    page = show(name, {"fold": "layers"})
    graph = inceptionspec.load(name).graph
    drawn = page.evaluate("drawing.edges().map(edge => [edge.source, edge.target])")
    assert sorted(map(tuple, drawn)) == sorted(
        (source, node.index) for node in graph.nodes for source in node.inputs
    )


def test_a_part_of_a_network(show: Show) -> None:
    page = show(inceptionspec.load("inception_v3", head="AuxLogits"), {"fold": "layers"})
    assert page.evaluate(GEOMETRY) == []
    assert "AuxLogits" in page.inner_text("#rows")
    assert "Mixed_7a" not in page.inner_text("#rows")


def test_a_branch_alone_may_be_needed(show: Show) -> None:
    network = inceptionspec.load(HEADS_INSIDE, head="Inside")
    page = show(network, {"fold": "layers"})
    assert page.evaluate(GEOMETRY) == []
    assert page.evaluate("drawing.boxes().length") > len(network.graph.nodes)


def test_thousands_of_layers(show: Show) -> None:
    page = show(chain(6000))
    drawn = page.locator("g.box").count()
    assert 5 < drawn < 200
    page.fill("#query", "c5999")
    page.keyboard.press("Enter")
    assert page.locator("g[data-key='c5999'].selected").is_visible()
    page.keyboard.press("0")
    page.click("[data-level='layers']")
    assert page.locator("#rows tr").count() < 1000


def test_an_open_input_size(show: Show) -> None:
    page = show(inceptionspec.load(chain(3), input="any"))
    page.hover("g[data-key='c1']")
    page.locator("#card").wait_for(state="visible")
    assert "?\u00d7?\u00d74" in page.inner_text("#card")
    assert "open" in page.inner_text("#card")
