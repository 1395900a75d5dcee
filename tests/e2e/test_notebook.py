"""What a notebook shows of a network."""

from __future__ import annotations

import base64
import re

from support import spec

import inceptionspec
from inceptionspec.drawing.diagram.theme import DARK, LIGHT

TEXT = spec(
    "- {op: conv, name: c, kernel: 3, filters: $n}",
    rest="args: {n: 4, act: relu, rate: 0.5}\nheads:\n"
    "  Logits: {from: c, layers: [{op: global_avg_pool}, {op: dropout, rate: $rate}]}",
)


def test_it_shows_its_diagram_in_a_notebook() -> None:
    network = inceptionspec.load(TEXT)
    shown = network._repr_html_()
    _dark, light = (
        base64.b64decode(image).decode()
        for image in re.findall('(?:srcset|src)="data:image/svg.xml;base64,([^"]+)"', shown)
    )
    assert light == network._repr_svg_()
    assert "<svg" in light
    assert "<details><summary>Layers and costs of t</summary><p>t  input 16x16x3" in shown
    assert "<script" not in shown
    assert repr(network) == "<Network t: 4 layers>"


def test_a_diagram_has_its_own_background_in_a_light_and_in_a_dark_notebook() -> None:
    shown = inceptionspec.load(TEXT)._repr_html_()
    source = '<picture><source media="(prefers-color-scheme: dark)" srcset="'
    assert shown.startswith(source)
    dark, light = (
        base64.b64decode(image).decode()
        for image in re.findall('(?:srcset|src)="data:image/svg.xml;base64,([^"]+)"', shown)
    )
    for svg, theme in ((dark, DARK), (light, LIGHT)):
        paper = re.search('<polygon fill="([^"]+)"', svg)
        assert paper is not None
        assert paper[1] == theme.paper
        inks = set(re.findall('<text[^>]* fill="([^"]+)"', svg))
        assert theme.ink in inks
        assert 'alt="Diagram of t"' in shown


def test_large_networks_show_their_blocks_in_a_notebook() -> None:
    svg = inceptionspec.load("inception_v3")._repr_svg_() or ""
    assert ">Mixed_6b<" in svg
    assert "Conv2d_0b_1x7" not in svg
    assert len(svg) < 60_000


def test_hostile_names_stay_text() -> None:
    name = "<script>alert(1)</script>\\u202e=cmd|'/c calc'!A0"
    text = TEXT.replace("name: t", f'name: "{name}"')
    network = inceptionspec.load(text)
    for shown in (network._repr_html_(), network._repr_svg_() or ""):
        assert "<script" not in shown
        assert "cmd" in shown
