"""How large letters are and how far apart things stand: at ease, or as tight as a page needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances in points.

    Attributes:
        gap: between two boxes of a row: an arrow with its head.
        bus, fan: from a fork to where its edges part, and to the first boxes of its branches.
        beside: between two branches.
        lane: between an edge without a box and what is next to it.
        pad: between a frame and what it holds.
        near: a branch this near to the middle is moved into it.
        bar: how far a merge reaches beyond the edges that come in from its outer branches.
        tap: the height of a row in which an edge goes to a head.
        heads: between the trunk and the column of heads.
        label_near, label_beside: between a label and the box before it, and between it and
            its edge.
        title, title_near: between the left border of a frame and its title, and between the top.
    """

    gap: float
    bus: float
    fan: float
    beside: float
    lane: float
    pad: float
    near: float
    bar: float
    tap: float
    heads: float
    label_near: float
    label_beside: float
    title: float
    title_near: float


@dataclass(frozen=True, slots=True)
class Density:
    """How a diagram is set.

    Attributes:
        title, text, small: the size of letters in the title; in boxes and titles of frames;
            at edges, in titles of branches and in the legend.
        margin: what a box has more than its text in width and height.
        below: between the legend and the picture.
        space: all other distances.
        brief: whether boxes leave out what the reader of a paper knows, such as the word
            ``filters``, and shapes inside of blocks are left out.
    """

    title: float
    text: float
    small: float
    margin: tuple[int, int]
    below: float
    space: Spacing
    brief: bool


ROOMY = Density(
    title=20.0,
    text=11.0,
    small=9.0,
    margin=(16, 10),
    below=20.0,
    space=Spacing(16, 5, 17, 16, 14, 10, 20, 14, 9, 34, 3, 4, 5, 2.5),
    brief=False,
)

TIGHT = Density(
    title=15.0,
    text=11.0,
    small=11.0,
    margin=(8, 6),
    below=10.0,
    space=Spacing(11, 3, 12, 8, 10, 6, 12, 8, 8, 16, 2, 3, 11, 3),
    brief=True,
)
"""For pages: all letters are as large as the smallest may be."""
