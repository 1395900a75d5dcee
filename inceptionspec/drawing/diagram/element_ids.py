"""Ids of elements of a diagram, and their paths.

A name in a spec is letters, digits and underscores, so that a path with `-` for `/` is a
valid id and a valid CSS identifier, and no two paths have one id.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["layer", "run", "block", "frame", "group", "edge"]
KINDS: tuple[Kind, ...] = ("layer", "run", "block", "frame", "group", "edge")


class Drawn(NamedTuple):
    """What an id means.

    Attributes:
        kind: ``layer``, ``run`` (of layers, named by the first), ``block`` (or a head, drawn
            as one box), ``frame`` (a block, branch or head around boxes), ``group`` (a box or
            a frame) or ``edge``.
        path: of the layer, block or frame, or the name of the group; of an edge, that of the
            box where it starts (of a group, of its first layer).
        to: of an edge, the path of the box where it ends; otherwise empty.
        number: of an edge, which input of that box it is; of a group, its first layer, and so
            of a later piece of a frame whose lines are wrapped.
    """

    kind: str
    path: str
    to: str = ""
    number: int = 0


def id_of(kind: Kind, path: str) -> str:
    """The id of a box or a frame: ``layer-Mixed_5b-Branch_0-Conv2d_0a_1x1``."""
    return f"{kind}-{_safe(path)}"


def edge_id(source: str, to: str, number: int) -> str:
    """The id of an edge: ``edge-Mixed_5b-concat--Mixed_5c-Branch_0-Conv2d_0a_1x1--0``."""
    return f"edge-{_safe(source)}--{_safe(to)}--{number}"


def drawn(id_: str) -> Drawn | None:
    """The meaning of an id of a diagram; None for a title, a legend or an unknown id."""
    kind, _, rest = id_.partition("-")
    if kind not in KINDS or not rest:
        return None
    parts = [part.replace("-", "/") for part in rest.split("--")]
    if kind == "group" or (kind == "frame" and len(parts) == 2):
        whole = len(parts) == 2 and parts[1].isdigit()
        return Drawn(kind, parts[0], number=int(parts[1])) if whole else None
    if kind != "edge":
        return Drawn(kind, parts[0]) if len(parts) == 1 else None
    if len(parts) != 3 or not parts[2].isdigit():
        return None
    return Drawn(kind, parts[0], parts[1], int(parts[2]))


def _safe(path: str) -> str:
    return path.replace("/", "-")
