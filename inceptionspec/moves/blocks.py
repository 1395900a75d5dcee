"""What stands around a block: a residual connection, a gate.

Sources: Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual Connections
(arXiv:1602.07261), sections 3.2 and 3.3; He et al., Deep Residual Learning (arXiv:1512.03385),
section 3.2; Hu et al., Squeeze-and-Excitation Networks (arXiv:1709.01507), section 3.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.frontend.expansion.tree import Layer, Node, Scope
from inceptionspec.ir.graph import Block
from inceptionspec.ir.graph import Node as GraphNode
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site, plain
from inceptionspec.ops.record import shape_text

#: What the residual branch is multiplied by: 0.1 to 0.3 in section 3.3 of the paper.
SCALE = 0.2
#: The block that a gate calls.
GATE = "squeeze_excite"
_GATE = {
    "branches": {
        "Identity": [],
        "Gate": [
            {"op": "global_avg_pool", "name": "Squeeze", "keep_dims": True},
            {
                "op": "conv",
                "name": "Reduce",
                "kernel": "1x1",
                "filters": "max(input // 16, 4)",
                "norm": "none",
                "activation": "relu",
            },
            {
                "op": "conv",
                "name": "Expand",
                "kernel": "1x1",
                "filters": "input",
                "norm": "none",
                "activation": "sigmoid",
            },
        ],
    },
    "merge": "multiply",
}


def innermost(base: Base) -> list[Site]:
    """The blocks of the trunk that hold no other block."""
    blocks = [block for block in base.graph.blocks if block.path in base.sites]
    return [
        base.sites[block.path]
        for block in blocks
        if not any(other.path.startswith(f"{block.path}/") for other in blocks)
    ]


def _blocks_of(base: Base, site: Site) -> list[Block]:
    """The blocks of the network at a site, one for each call.

    Raises:
        UnfitError: it is no block, or one that yields no map.
    """
    node = site.node
    if isinstance(node, Scope) and node.kind == "head":
        raise UnfitError("it is a head")
    if not isinstance(node, Scope) or node.kind == "branch":
        raise UnfitError("it is no block")
    found = [base.blocks[place.path] for place in site.places if place.path in base.blocks]
    if not found:
        raise UnfitError("the network has no such block under these settings")
    for block in found:
        if any(len(end.shape) != 3 for end in _ends(base, block)):
            raise UnfitError("it does not take a map to a map")
    return found


def _ends(base: Base, block: Block) -> tuple[GraphNode, GraphNode]:
    return base.graph.nodes[block.input], base.graph.nodes[block.output]


def residual(base: Base, site: Site) -> Edit:
    """A scaled residual connection around a block, with a linear 1x1 at its end.

    Where the block changes channels or size, a 1x1 on the other path does, too.
    """
    blocks = _blocks_of(base, site)
    if _sum(site.node) is not None:
        raise UnfitError("it has a residual connection already")
    shapes = {tuple(end.shape for end in _ends(base, block)) for block in blocks}
    same = all(before == after for before, after in shapes)
    if not same and len(shapes) > 1:
        raise UnfitError("its calls have several shapes: name them by path")
    before, after = shapes.pop()
    linear = _is_linear(_ends(base, blocks[0])[1])
    around: dict[str, Any] = {"scale": SCALE}
    if not linear:
        around["activation"] = plain(base.default("conv")).get("activation", "relu")
    if around.get("activation") in ("none", None):
        around.pop("activation", None)
    filters: Any = "input"
    if not same:
        filters = after[-1]
        shortcut = _line("Shortcut", filters)
        stride = _stride(before, after)
        if stride > 1:
            shortcut["stride"] = stride
        around["shortcut"] = [shortcut]
    wrap: dict[str, Any] = {"residual": around}
    if not linear:
        wrap["layers"] = ["inner", _line("Up", filters)]
    return Edit({"wrap": wrap})


def _line(name: str, filters: Any) -> dict[str, Any]:
    """A 1x1 convolution that only projects."""
    line = {"op": "conv", "name": name, "kernel": "1x1", "filters": filters}
    return {**line, "activation": "none"}


def _is_linear(node: GraphNode) -> bool:
    """Whether a layer is a convolution with no function after it."""
    return node.op == "conv" and node.attributes["activation"] is None


def _stride(before: tuple[int | None, ...], after: tuple[int | None, ...]) -> int:
    """The stride of a 1x1 that yields a map of the same size.

    Raises:
        UnfitError: no stride does.
    """
    if None in before or None in after:
        raise UnfitError("its size is open, so that the stride of a projection is unknown")
    for stride in (1, 2, 3, 4):
        if all(
            side is not None and -(-side // stride) == other
            for side, other in zip(before[:2], after[:2], strict=True)
        ):
            return stride
    sizes = f"from {shape_text(before[:2])} to {shape_text(after[:2])}"
    raise UnfitError(f"its map goes {sizes}, as no 1x1 with a stride does")


def squeeze_excite(base: Base, site: Site) -> Edit:
    """A gate after a block; before the sum of one with a residual connection, as in the paper."""
    blocks = _blocks_of(base, site)
    node = site.node
    if any(_ends(base, block)[1].op == "multiply" for block in blocks):
        raise UnfitError("it ends in a gate already")
    call = {"block": GATE, "name": "SE"}
    sections = {"blocks": {GATE: _GATE}}
    given = base.spec.blocks.get(GATE)
    if given is not None:
        if plain(given[0]) != _GATE:
            raise UnfitError(f"the base has a block `{GATE}` of its own")
        sections = {}
    inner = _sum(node)
    if inner is None:
        if site.is_definition:
            return Edit({"after": [call]}, sections=sections)
        return Edit({"wrap": {"layers": ["inner", call]}}, sections=sections)
    last = _last(inner)
    if last is None:
        raise UnfitError("what it adds ends in branches, which have no path of their own")
    added = [index for block in blocks for index in _ends(base, block)[1].inputs]
    if any(base.graph.nodes[index].op == "multiply" for index in added):
        raise UnfitError("what it adds is gated already")
    return Edit({"after": [call]}, inside=last, sections=sections)


def _sum(node: Node) -> Scope | None:
    """What a block adds to its input, where it has a residual connection."""
    while isinstance(node, Scope):
        if node.residual:
            inner = node.children[1]
            return inner if isinstance(inner, Scope) else None
        alone = [child for child in node.children if isinstance(child, Scope) and not child.name]
        if node.merge is not None or len(node.children) != 1 or not alone:
            return None
        node = alone[0]
    return None


def _last(scope: Scope) -> str | None:
    """The path, inside the block, of the last layer or call of what it adds."""
    node: Node = scope
    while isinstance(node, Scope) and not node.name:
        if node.merge is not None or not node.children:
            return None
        kept = [child for child in node.children if not _is_scale_or_drop(child)]
        node = (kept or node.children)[-1]
    return (node.written or node.name) if isinstance(node, (Layer, Scope)) else None


def _is_scale_or_drop(node: Node) -> bool:
    """Whether a node is one of those that close a residual branch, after its convolutions."""
    return isinstance(node, Layer) and node.op in ("drop_path", "dropout", "layer_scale")
