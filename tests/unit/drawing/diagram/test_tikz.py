"""A diagram as a TeX document: commands to edit, and no text that acts as one."""

from __future__ import annotations

import re

import pytest
from shapes import spec as shape
from support import spec

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.drawing.diagram import Comparison, Options, draw_bytes
from inceptionspec.ir.graph import Graph


def tex(graph: Graph, options: Options | None = None) -> str:
    content, note = draw_bytes(graph, ".tex", options or Options("layers"))
    assert note == ""
    return content.decode()


def test_each_box_is_a_node_and_each_edge_a_line() -> None:
    graph = inceptionspec.load("inception_v3").graph
    text = tex(graph)
    boxes = re.findall(r"^\\node\[box, fill=(\w+), .*\] \(([\w-]+)\) at \(", text, re.M)
    assert len(boxes) == len({name for _, name in boxes}) == len(graph.nodes)
    edges = re.findall(r"^\\draw\[edge\] \([-\d., ]+\)(?: -- \([-\d., ]+\))+;$", text, re.M)
    assert len(edges) == sum(len(node.inputs) for node in graph.nodes)
    assert {fill for fill, _ in boxes} >= {"convolution", "pooling", "merge"}
    for color in {fill for fill, _ in boxes} | {"paper", "ink", "muted", "line"}:
        assert rf"\definecolor{{{color}}}{{HTML}}{{" in text
    assert r"{conv 1$\times$7, 192 filters}" in text
    assert r"{Mixed\_5b $\cdot$ inception\_a}" in text
    assert text.count(r"\begin{") == text.count(r"\end{") == 2


def test_a_page_is_as_large_as_it_says_with_letters_that_are_read() -> None:
    text = tex(inceptionspec.load("inception_v3").graph, Options(page="a4"))
    assert r"\usepackage[paperwidth=595bp,paperheight=842bp,margin=0bp]{geometry}" in text
    sizes = [float(size) for size in re.findall(r"\\fontsize\{([\d.]+)bp\}", text)]
    assert min(sizes) >= 7


def test_names_of_any_letters_stay_text() -> None:
    name = r"\\input{/etc/passwd} 50% & $x_1^2$ {#~} -- \u7f51"
    graph = inceptionspec.load(
        spec("- {op: conv, name: c_1, kernel: 3, filters: 4}").replace("name: t", f'name: "{name}"')
    ).graph
    text = tex(graph)
    assert r"\textbackslash{}input\{/etc/passwd\} 50\% \& \$x\_1\textasciicircum{}2\$ \{\#" in text
    assert r"\input" not in text
    assert r"\DeclareUnicodeCharacter{7F51}{?}" in text
    assert "{-}{-}" in text


def test_a_comparison_has_a_color_for_each_state() -> None:
    old, new = (
        inceptionspec.load(spec(f"- {{op: conv, name: c, kernel: 3, filters: {count}}}")).loaded
        for count in (4, 8)
    )
    content, _ = draw_bytes(Comparison(old, new), ".tex", Options("layers"))
    text = content.decode()
    assert r"\definecolor{changed}{HTML}{" in text
    assert "fill=changed" in text
    assert "draw=changedLine" in text


def test_what_has_no_places_is_refused() -> None:
    graph = inceptionspec.load(shape("cells")).graph
    with pytest.raises(SpecError) as caught:
        draw_bytes(graph, ".tex", Options("layers"))
    (finding,) = caught.value.findings
    assert finding.code == "E0831"
    assert finding.helps == ("write svg or pdf",)
