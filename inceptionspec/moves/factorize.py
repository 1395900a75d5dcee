"""Large kernels as small ones: one after the other, and side by side.

Source: Szegedy et al., Rethinking the Inception Architecture for Computer Vision
(arXiv:1512.00567), sections 3.1, 3.2 and 6 (figures 5 to 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.frontend.expansion.tree import Layer
from inceptionspec.ir.graph import Node
from inceptionspec.moves.layers import (
    another,
    free_name,
    half,
    layers_of,
    padding,
    renamed,
    square,
    square_stride,
)
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site, value


def two_3x3(base: Base, site: Site) -> Edit:
    """A 5x5 becomes two 3x3 of as many filters, a 7x7 three, with the function after each.

    Under `same` the first takes the stride, as in V3's stem, which costs least. Under `valid` the
    last does: only then the map has the size that it had.
    """
    nodes = layers_of(base, site, "conv")
    side, stride, pads = square(nodes), square_stride(nodes), padding(nodes)
    if side == 3:
        raise UnfitError("its kernel is 3x3 already")
    given: dict[str, Any] = {"kernel": "3x3"}
    if pads == half(side):
        given["padding"] = 1
    elif not isinstance(pads, str):
        raise UnfitError("its padding is neither `same`, `valid` nor half of its kernel")
    name = renamed(base, site, f"{side}x{side}", "3x3")
    first = dict(given) if name == site.name else {"name": name, **given}
    added = [another(site, base, "conv", "stride", **given) for _ in range(side // 2 - 1)]
    if stride > 1 and pads == "valid":
        first["stride"] = 1
        added[-1]["stride"] = stride
    for number, line in enumerate(added, 2):
        line["name"] = free_name(base, site, f"{name}_{number}")
    return Edit({"set": first, "after": added})


def rows_then_columns(base: Base, site: Site) -> Edit:
    """An nxn becomes a 1xn and an nx1, with as many channels in between as it reads."""
    return _in_turn(base, site, rows_first=True)


def columns_then_rows(base: Base, site: Site) -> Edit:
    """An nxn becomes an nx1 and a 1xn."""
    return _in_turn(base, site, rows_first=False)


def _in_turn(base: Base, site: Site, *, rows_first: bool) -> Edit:
    nodes = layers_of(base, site, "conv")
    side, stride, pads = square(nodes), square_stride(nodes), padding(nodes)
    if any(base.reads(node).op == "input" for node in nodes):
        raise UnfitError("it reads the picture, whose channels are too few to be in between")
    row: dict[str, Any] = {"kernel": f"1x{side}"}
    column: dict[str, Any] = {"kernel": f"{side}x1"}
    if not isinstance(pads, str):
        row["padding"], column["padding"] = _row_and_column(pads)
    if stride > 1:
        row["stride"], column["stride"] = f"1x{stride}", f"{stride}x1"
    one, two = (row, column) if rows_first else (column, row)
    square_text = f"{side}x{side}"
    name = renamed(base, site, square_text, one["kernel"])
    first = {**one, "filters": _channels_read(base, site, nodes)}
    if name != site.name:
        first = {"name": name, **first}
    wanted = site.name.replace(square_text, two["kernel"]) if name != site.name else f"{name}_2"
    second = another(site, base, "conv", "stride", **two)
    second["name"] = free_name(base, site, wanted)
    return Edit({"set": first, "after": [second]})


def _row_and_column(pads: Sequence[int]) -> tuple[str, str]:
    top, bottom, left, right = pads
    if top != bottom or left != right:
        raise UnfitError("its padding differs between opposite sides")
    return f"0x{left}", f"{top}x0"


def _channels_read(base: Base, site: Site, nodes: Sequence[Node]) -> Any:
    """How many channels a layer reads, as the definition says it where one does."""
    if site.is_definition:
        place = site.holder.children.index(site.node)
        before = site.holder.children[place - 1] if place else None
        if isinstance(before, Layer) and before.op == "conv" and "filters" in before.item:
            return value(before.item, "filters", as_written=True)
    counts = {base.reads(node).shape[-1] for node in nodes}
    if len(counts) > 1:
        raise UnfitError("its calls read different numbers of channels: name them by path")
    return counts.pop()


def expanded_bank(base: Base, site: Site) -> Edit:
    """An nxn becomes a 1xn and an nx1 side by side, each with all of its filters."""
    nodes = layers_of(base, site, "conv")
    side, stride, pads = square(nodes), square_stride(nodes), padding(nodes)
    if pads == "valid":
        raise UnfitError("its padding is `valid`: a row and a column would yield maps of two sizes")
    lines = []
    for kernel in (f"1x{side}", f"{side}x1"):
        given: dict[str, Any] = {"kernel": kernel}
        if not isinstance(pads, str):
            row, column = _row_and_column(pads)
            given["padding"] = row if kernel.startswith("1x") else column
        line = another(site, base, "conv", **given)
        if stride > 1:
            line["stride"] = stride
        text = f"{side}x{side}"
        own = site.name.replace(text, kernel) if text in site.name else f"{site.name}_{kernel}"
        lines.append({"op": "conv", "name": own, **line})
    part: dict[str, Any] = {"branches": [[line] for line in lines]}
    if "from" in site.node.item:
        part["from"] = value(site.node.item, "from", as_written=site.is_definition)
    return Edit({"replace": [part]})
