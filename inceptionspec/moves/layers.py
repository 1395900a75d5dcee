"""What moves ask of a layer, and the lines that they write for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.frontend.expansion.tree import join
from inceptionspec.ir.graph import Node
from inceptionspec.moves.record import UnfitError
from inceptionspec.moves.site import Base, Site, attributes, is_layer
from inceptionspec.ops import OPS
from inceptionspec.ops.record import shape_text


def an(word: str) -> str:
    """A word with its article."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} `{word}`"


def layers_of(base: Base, site: Site, *ops: str) -> list[Node]:
    """The layers of the network at a site, one for each call.

    Raises:
        UnfitError: it is no layer of these operators, or definition and network differ.
    """
    if not is_layer(site):
        raise UnfitError("it is no layer")
    nodes = [base.layers[place.path] for place in site.places if place.path in base.layers]
    if not nodes:
        raise UnfitError("the network has no such layer under these settings")
    for node in nodes:
        if node.op not in ops:
            raise UnfitError(f"it is {an(node.op)}")
    _refuse_changed(site)
    return nodes


def _refuse_changed(site: Site) -> None:
    """Refuse a definition whose layer is changed by path after its calls are written out."""
    if not site.is_definition:
        return
    definition = next(iter(site.places)).node.item
    for place in site.places:
        item = place.node.item
        inside = all(
            span.source is item.span.source
            and item.span.line <= span.line <= max(item.span.end_line, item.span.line)
            for span in item.key_spans.values()
        )
        if not inside or item.keys() != definition.keys():
            raise UnfitError("an override changes it in one of the calls: name it by its path")


def square(nodes: Sequence[Node], least: int = 3) -> int:
    """The side of the square kernel of some layers.

    Raises:
        UnfitError: it is not square, less than the least side, follows the map, or has gaps or
            groups.
    """
    for node in nodes:
        kernel = node.attributes["kernel"]
        if node.attributes.get("clip") or node.attributes.get("follows_input"):
            raise UnfitError("its kernel follows the size of the map")
        if kernel[0] != kernel[1]:
            raise UnfitError(f"its kernel is {shape_text(kernel)}, which is not square")
        if kernel[0] < least:
            raise UnfitError(f"its kernel is {shape_text(kernel)}")
        if kernel[0] % 2 == 0:
            raise UnfitError(f"its kernel is {shape_text(kernel)}, which has no middle")
        if node.attributes["dilation"] != (1, 1):
            raise UnfitError("its kernel has gaps (`dilation`)")
        if node.attributes.get("groups", 1) != 1:
            raise UnfitError("it has groups")
    sides: set[int] = {node.attributes["kernel"][0] for node in nodes}
    if len(sides) > 1:
        raise UnfitError("its calls have kernels of several sizes: name them by path")
    return sides.pop()


def square_stride(nodes: Sequence[Node]) -> int:
    """The stride of some layers, the same down and across.

    Raises:
        UnfitError: it is not.
    """
    strides = {node.attributes["stride"] for node in nodes}
    if len(strides) > 1:
        raise UnfitError("its calls have several strides: name them by path")
    height, width = strides.pop()
    if height != width:
        raise UnfitError(f"its stride is {height}x{width}")
    return int(height)


def padding(nodes: Sequence[Node]) -> Any:
    """The padding of some layers: ``same``, ``valid`` or pixels.

    Raises:
        UnfitError: it differs between calls.
    """
    found = {node.attributes["padding"] for node in nodes}
    if len(found) > 1:
        raise UnfitError("its calls have several paddings: name them by path")
    return found.pop()


def half(side: int) -> tuple[int, int, int, int]:
    """The pixels around a map that keep its size under a kernel of this side, as PyTorch pads."""
    return (side // 2,) * 4


def free_name(base: Base, site: Site, wanted: str) -> str:
    """A name that nothing next to a layer has, and that no other layer gets from now on."""
    around = {place.path.rpartition("/")[0] for place in site.places}
    if site.is_definition:
        around.add(site.key.rpartition("/")[0])
    for number in range(1, 1000):
        name = wanted if number == 1 else f"{wanted}_{number}"
        paths = {join(path, name) for path in around}
        if paths.isdisjoint(base.sites) and paths.isdisjoint(base.claimed):
            base.claimed |= paths
            return name
    raise UnfitError("no name is free next to it")


def renamed(base: Base, site: Site, old: str, new: str) -> str:
    """A layer's name with another kernel in it; its own where something calls it by that name."""
    if old not in site.name:
        return site.name
    called = site.is_definition and any(place.node.written for place in site.places)
    read = any(place.path in base.read_by_name for place in site.places)
    if called or read:
        return site.name
    return free_name(base, site, site.name.replace(old, new))


def another(site: Site, base: Base, op: str, *without: str, **changed: Any) -> dict[str, Any]:
    """The line of a layer like another one, of the same operator.

    What `defaults` give to a layer without a stride of its own holds for it too, so that a stride
    from there is written out.
    """
    line = {"op": op, **attributes(site, *without, *changed)}
    line |= {key: given for key, given in changed.items() if given is not None}
    if "stride" in (*without, *changed) and "stride" not in line and "stride" in base.default(op):
        line["stride"] = 1
    return line


def as_operator(base: Base, site: Site, node: Node, op: str) -> dict[str, Any]:
    """What must be set to give a layer another operator and keep all else that it has.

    Attributes that the old one had from `defaults` are written out, unless those of the new one
    say the same.
    """
    own, old, new = site.node.item, base.default(node.op), base.default(op)
    known = {attribute.name for attribute in OPS[op].attributes}
    lost = [key for key in own if key in node.attributes and key not in known]
    if lost:
        raise UnfitError(f"{an(op)} has no `{lost[0]}`")
    change: dict[str, Any] = {"op": op}
    for key in old:
        if key in known and key not in own and new.get(key) != old[key]:
            change[key] = old[key]
    for attribute in OPS[op].attributes:
        # What only the new operator's defaults give would come on top.
        key = attribute.name
        if key in new and key not in own and key not in old and key in node.attributes:
            change[key] = old.get(key, attribute.default)
    return change
