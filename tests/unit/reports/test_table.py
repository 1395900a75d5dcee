"""Tables on a terminal: rows as a tree, texts that are cut, numbers that never are."""

from __future__ import annotations

import pytest
from support import loaded, spec

from inceptionspec.analysis.summary import summarize
from inceptionspec.reports.summary.rows import layer_table, network_table
from inceptionspec.reports.table import Column, fitted, plain, print_rich

COLUMNS = (Column("layer", cut="front"), Column("what", cut="end"), Column("params", True))
ROW = ("Mixed_5b/Branch_1/Conv2d_0a_1x1", "depthwise_conv", "1,234,567")


def lines(*rows: tuple[str, ...], width: int) -> list[str]:
    return list(fitted(rows, COLUMNS, width, "~"))


def test_what_fits_is_as_wide_as_it_is() -> None:
    titles, row = lines(ROW, width=80)
    assert row == "Mixed_5b/Branch_1/Conv2d_0a_1x1  depthwise_conv  1,234,567"
    assert titles == "layer                            what               params"


def test_gaps_give_way_before_texts() -> None:
    assert lines(ROW, width=56)[1] == "Mixed_5b/Branch_1/Conv2d_0a_1x1 depthwise_conv 1,234,567"


def test_paths_are_cut_at_the_front_and_other_texts_at_the_end() -> None:
    assert lines(ROW, width=50)[1] == "~ed_5b/Branch_1/Conv2d_0a_1x1 depthwise~ 1,234,567"


def test_numbers_are_never_cut() -> None:
    assert lines(ROW, width=10)[1] == "~2d_0a_1x1 depth~ 1,234,567"


def test_indentation_stays() -> None:
    row = ("    Branch_1_with_a_long_name", "conv", "1")
    assert lines(row, width=33)[1] == "    ~with_a_long_name conv      1"


def test_wide_characters_take_two_columns() -> None:
    first, second = lines(("\u5c42" * 4, "", "1"), ("a" * 8, "", "22"), width=80)[1:]
    assert first == "\u5c42" * 4 + "             1"
    assert second == "a" * 8 + "            22"


def test_what_acts_is_escaped_before_it_is_measured() -> None:
    assert lines(("a\x1b[31m", "", "1"), width=80)[1].startswith("a\\u001b[31m ")


# A summary as a tree


@pytest.fixture(scope="module")
def summary():
    return summarize(loaded("inception_v3"))


def names(table) -> list[str]:
    return [row[0] for row in table.outline]


def test_a_table_of_one_level_has_no_outline(summary) -> None:
    assert layer_table(summary).outline == ()
    assert network_table([summary, summary]).outline == ()


def test_rows_stand_under_what_they_are_in(summary) -> None:
    shown = names(layer_table(summary, 2))
    assert shown[:4] == ["input", "stem", "  Conv2d_1a_3x3", "  Conv2d_2a_3x3"]
    at = shown.index("Mixed_5b")
    assert shown[at : at + 6] == [
        "Mixed_5b", "  Branch_0", "  Branch_1", "  Branch_2", "  Branch_3", "  concat",
    ]  # fmt: skip
    assert shown[-3:] == ["  Conv2d_1c_1x1", "  SpatialSqueeze", "  Predictions"]


@pytest.mark.parametrize("depth", [2, 3, None])
def test_every_row_of_the_table_is_in_its_outline(summary, depth: int | None) -> None:
    table = layer_table(summary, depth)
    rows = {row[1:] for row in table.outline}
    assert rows >= {row[1:] for row in table.rows}
    parts = {row[0]: row for row in layer_table(summary).rows}
    assert [row for row in table.outline if not row[0].startswith(" ")] == list(parts.values())


def test_layers_that_stand_apart_are_shown_together() -> None:
    layers = """
- {op: conv, name: a, kernel: 1, filters: 4, group: g}
- {op: conv, name: b, kernel: 1, filters: 4}
- {op: conv, name: c, kernel: 1, filters: 8, group: g}
"""
    table = layer_table(summarize(loaded(spec(layers))), 2)
    assert names(table) == ["input", "g", "  a", "  c", "b"]


def test_a_group_with_the_name_of_a_layer_outside_has_its_own_shape() -> None:
    layers = """
- {op: conv, name: stem, kernel: 1, filters: 4}
- {op: conv, name: a, kernel: 1, filters: 8, group: stem}
- {op: conv, name: b, kernel: 1, filters: 16, group: stem}
"""
    rows = layer_table(summarize(loaded(spec(layers)))).rows
    assert [row[2] for row in rows if row[0] == "stem"][-1:] == ["16x16x16"]


@pytest.mark.parametrize("depth", [1, 2, None])
@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v2", "mobilenet_v2"])
def test_a_terminal_of_80_columns_shows_every_row_on_one_line(
    name: str, depth: int | None, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = layer_table(summarize(loaded(name)), depth)
    print_rich(table)
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    rows = table.outline or table.rows
    body = shown[2 : 2 + min(len(rows), 500)]
    for line, row in zip(body, rows, strict=False):
        assert line.endswith(row[-1])
        assert row[2] in line
        assert row[3] in line


def test_plain_text_keeps_whole_paths(summary) -> None:
    assert "\nMixed_5b/Branch_1/Conv2d_0b_5x5 " in plain(layer_table(summary, None))
