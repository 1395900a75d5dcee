"""A Summary to the rows of a table, folded to a depth."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from inceptionspec.analysis.costs import Cost, total
from inceptionspec.analysis.parts import part_of
from inceptionspec.analysis.summary import HeadRow, LayerRow, Summary
from inceptionspec.ir.preprocessing import in_words
from inceptionspec.ops.record import shape_text
from inceptionspec.reports.table import Column, Table, number

_LAYER_COLUMNS = (
    Column("layer", cut="front"), Column("what", cut="end"), Column("output"),
    Column("params", True), Column("MACs", True), Column("field", True), Column("stride", True),
)  # fmt: skip
_NETWORK_COLUMNS = (
    Column("spec", cut="end"), Column("input"), Column("params", True),
    Column("MACs", True), Column("FLOPs", True), Column("peak bytes", True),
)  # fmt: skip


def layer_table(report: Summary, depth: int | None = 1) -> Table:
    """One network as a table: blocks, groups and heads as rows at depth 1, more below.

    Args:
        depth: elements of a path to keep; None shows every layer.

    The outline of a deeper table also has rows for groups, heads and blocks.
    """
    heads = {head.name: head for head in report.heads}
    blocks = {block.path: block.definition for block in report.blocks}
    rows = [
        _row(key, _row_kind(key, members, heads, blocks), members, report)
        for key, members in folded(report, depth).items()
    ]
    foot = _totals(report)
    if any("*" in row[3] for row in rows):
        foot = (*foot, "* has a weight whose shape follows the input size")
    outline = () if depth == 1 else tuple(_outline(report, depth, heads, blocks))
    return Table(_title(report), _LAYER_COLUMNS, tuple(rows), foot, outline)


def network_table(reports: Sequence[Summary]) -> Table:
    """Several networks as a table with a row each."""
    rows = tuple(
        (
            report.name,
            shape_text(report.graph.nodes[0].shape),
            number(report.total.params),
            number(report.total.macs),
            number(report.total.flops),
            number(report.peak_activation_bytes),
        )
        for report in reports
    )
    counted = dict.fromkeys(f"{report.name}: {report.counted}" for report in reports)
    heads = textwrap.wrap("counted: " + "; ".join(counted), 80)
    return Table("", _NETWORK_COLUMNS, rows, (*heads, *CONVENTION_LINES))


CONVENTION_LINES = (
    "params: all variables. MACs: convolutions and dense layers. FLOPs: 2 x MACs,",
    "norms (not folded), biases, activations, pools, sums. Memory: float32, batch 1.",
)


#: The place of a row in a tree: the paths around it, the outermost first, and its own.
_Place = tuple[str, ...]


def folded(report: Summary, depth: int | None) -> dict[str, list[LayerRow]]:
    """The layers of each row of a table, in its order."""
    folded: dict[str, list[LayerRow]] = {}
    for row in report.layers:
        folded.setdefault(_key(row, depth), []).append(row)
    return folded


def _key(row: LayerRow, depth: int | None) -> str:
    node = row.node
    if depth is None:
        return node.path
    if depth == 1:
        return part_of(node)
    return "/".join(node.path.split("/")[:depth])


def _outline(
    report: Summary,
    depth: int | None,
    heads: Mapping[str, HeadRow],
    blocks: Mapping[str, str],
) -> Iterator[tuple[str, ...]]:
    """The rows of a table, each after the group, head and blocks around it and indented."""
    members: dict[_Place, list[LayerRow]] = {}
    inside: dict[_Place, list[_Place]] = {}
    for row in report.layers:
        around = _around(row, depth)
        for level in range(len(around)):
            place = around[: level + 1]
            if place not in members:
                inside.setdefault(place[:-1], []).append(place)
            members.setdefault(place, []).append(row)
    waiting = inside[()][::-1]
    while waiting:
        place = waiting.pop()
        waiting += inside.get(place, [])[::-1]
        name, *cells = _row(
            place[-1], _row_kind(place[-1], members[place], heads, blocks), members[place], report
        )
        part = "" if len(place) == 1 else f"{place[-2]}/"
        yield ("  " * (len(place) - 1) + name.removeprefix(part), *cells)


def _around(row: LayerRow, depth: int | None) -> _Place:
    """The paths of everything around a row, the outermost first, and its own."""
    names = _key(row, depth).split("/")
    paths = tuple("/".join(names[: level + 1]) for level in range(len(names)))
    part = part_of(row.node)
    return paths if paths[0] == part else (part, *paths)


def _row(key: str, what: str, members: list[LayerRow], report: Summary) -> tuple[str, ...]:
    cost: Cost = total(row.cost for row in members)
    last = members[-1]
    shape = last.node.shape
    named = report.graph.names.get(key)
    # A group may have the name of a layer, which has another shape.
    if named is not None and (len(members) == 1 or report.graph.nodes[named].path != key):
        shape = report.graph.nodes[named].shape
    field = None if len(members) > 1 and members[0].node.head else last.field
    mark = "*" if any(row.bound for row in members) else ""
    return (
        key,
        what,
        shape_text(shape),
        number(cost.params) + mark,
        number(cost.macs),
        "" if field is None else _side(field.size),
        "" if field is None or field.stride is None else _side(field.stride),
    )


def _row_kind(
    key: str,
    members: list[LayerRow],
    heads: Mapping[str, HeadRow],
    blocks: Mapping[str, str],
) -> str:
    """What a row is: an operator, a block's definition, a head, a number of layers."""
    if key in heads:
        weight = heads[key].loss_weight
        return "head" if weight is None else f"head, loss x {weight:g}"
    if blocks.get(key):
        return blocks[key]
    return members[0].node.op if len(members) == 1 else f"{len(members)} layers"


def _side(sides: tuple[int, int]) -> str:
    return str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"


def _title(report: Summary) -> str:
    return f"{report.name}  input {shape_text(report.graph.nodes[0].shape)}  ({report.source})"


def _preprocessing(report: Summary) -> list[str]:
    steps = report.graph.preprocessing
    return (
        []
        if steps is None
        else textwrap.wrap(f"preprocessing: {in_words(steps)}", 80, subsequent_indent="  ")
    )


def _totals(report: Summary) -> tuple[str, ...]:
    cost, peak = report.total, number(report.peak_activation_bytes)
    return (
        f"total ({report.counted})",
        f"  params {number(cost.params)}, trainable {number(cost.trainable_params)}",
        f"  MACs {number(cost.macs)}, FLOPs {number(cost.flops)}",
        f"  peak activation memory {peak} bytes",
        *_preprocessing(report),
        *CONVENTION_LINES,
        f"network  {report.digests['network']}",
        f"document {report.digests['document']}",
    )
