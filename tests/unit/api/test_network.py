"""The Python API."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from support import spec

import inceptionspec
from inceptionspec.api.network import DiagramOptions

TEXT = spec(
    "- {op: conv, name: c, kernel: 3, filters: $n}",
    rest="args: {n: 4, act: relu, rate: 0.5}\nheads:\n"
    "  Logits: {from: c, layers: [{op: global_avg_pool}, {op: dropout, rate: $rate}]}",
)


def test_a_built_in_name_a_path_and_a_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(TEXT)
    assert inceptionspec.load("inception_v3", classes=10).graph.nodes[-1].shape == (10,)
    by_path = inceptionspec.load(str(tmp_path / "x.yaml"), n=7)
    by_text = inceptionspec.load(TEXT, n=7)
    assert by_path.digests == by_text.digests
    assert by_text.graph.nodes[1].shape == (16, 16, 7)


@pytest.mark.parametrize("size", ["8x8", 8, (8, 8)])
def test_input_sizes(size: str | int | tuple[int, int]) -> None:
    assert inceptionspec.load(TEXT, input=size).graph.nodes[0].shape == (8, 8, 3)
    assert inceptionspec.load(TEXT, input="any").graph.nodes[0].shape == (None, None, 3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"m": 1}, "has no argument `m`"),
        ({"n": "four"}, "must be of type int"),
        ({"n": True}, "must be of type int"),
        ({"n": 0}, "must be a whole number of at least 1"),
        ({"rate": float("nan")}, "must be finite"),
        ({"input": "8"}, "height x width"),
        ({"input": (0, 8)}, "height x width"),
        ({"width": 0}, "above 0"),
        ({"width": 1e9}, "at most 1,000,000"),
        ({"head": "Logit"}, "has no head"),
    ],
)
def test_wrong_knobs_are_findings(settings: dict[str, object], words: str) -> None:
    with pytest.raises(inceptionspec.SpecError, match=words):
        inceptionspec.load(TEXT, **settings)  # type: ignore[arg-type]


def test_an_int_serves_where_a_float_is_asked_for() -> None:
    assert inceptionspec.load(TEXT, rate=0).graph.nodes[-1].attributes["rate"] == 0


def test_without_an_engine_a_notebook_shows_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *args, **options: None)
    network = inceptionspec.load(TEXT)
    assert network._repr_svg_() is None
    assert network._repr_html_().startswith("<p>t  input 16x16x3")


def test_an_unknown_public_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        inceptionspec.lod  # noqa: B018


def test_a_path_object_serves_as_a_path(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(TEXT)
    network = inceptionspec.load(tmp_path / "x.yaml")
    assert network.digests == inceptionspec.load(TEXT).digests
    network.render(tmp_path / "x.dot")
    assert (tmp_path / "x.dot").read_text().startswith("digraph")


def said(error: pytest.ExceptionInfo[inceptionspec.SpecError]) -> list[str]:
    assert error.type is inceptionspec.UsageError
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            {"theme": "drak"},
            [
                "theme='drak': E0805: `theme` must be `light`, `dark` or `print`",
                "  help: did you mean `dark`?",
            ],
        ),
        (
            {"fold": 3},
            ["fold=3: E0805: `fold` must be `network`, `branches` or `layers`"],
        ),
        (
            {"direction": "up"},
            ["direction='up': E0805: `direction` must be `TB` or `LR`"],
        ),
        (
            {"color_by": ["macs"]},
            ["color_by=['macs']: E0805: `color_by` must be `kind`, `macs`, `params` or `memory`"],
        ),
    ],
)
def test_wrong_options_of_a_diagram(options: dict[str, object], lines: list[str]) -> None:
    network = inceptionspec.load(TEXT)
    for draw in (network.to_svg, network.render, lambda **given: network.render("x.html", **given)):
        with pytest.raises(inceptionspec.SpecError) as error:
            draw(**options)  # type: ignore[operator]
        assert said(error) == lines


def test_a_name_is_no_network_to_compare_with() -> None:
    with pytest.raises(inceptionspec.SpecError) as error:
        inceptionspec.load(TEXT).diff("inception_v4")  # type: ignore[arg-type]
    assert said(error) == [
        "other='inception_v4': E0805: `other` must be a network",
        "  help: read it first, with `inceptionspec.load`",
    ]


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            {"diff": "inception_v4"},
            [
                "diff='inception_v4': E0805: `diff` must be a network",
                "  help: read it first, with `inceptionspec.load`",
            ],
        ),
        (
            {"diff": inceptionspec.loads(TEXT), "color_by": "macs"},
            [
                "color_by: E0805: with `diff` colors say what differs",
                "  help: leave out `color_by`",
            ],
        ),
    ],
)
def test_wrong_options_of_a_drawn_comparison(options: dict[str, object], lines: list[str]) -> None:
    network = inceptionspec.loads(TEXT)
    for draw in (network.to_svg, network.render, lambda **given: network.render("x.html", **given)):
        with pytest.raises(inceptionspec.SpecError) as error:
            draw(**options)  # type: ignore[operator]
        assert said(error) == lines


def test_both_ways_to_draw_have_the_same_options() -> None:
    signature = inspect.signature(inceptionspec.Network.to_svg)
    options = {*signature.parameters} - {"self", "engine"}
    assert options == {*DiagramOptions.__annotations__}


def test_one_pass_may_be_named_without_a_list() -> None:
    network = inceptionspec.load("inception_v1")
    one, listed = (
        network.optimize(passes=given) for given in ("flatten-concat", ["flatten-concat"])
    )
    assert one.steps == listed.steps
    without = network.optimize(without="fold-batch-norm")
    assert without.steps == network.optimize(without=["fold-batch-norm"]).steps
