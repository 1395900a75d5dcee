"""A picture to DOT text, with the place of everything: the engine only draws it.

The package `graphviz` quotes what is written. The layout `nop2` leaves all places alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.colors import category, outline
from inceptionspec.drawing.diagram.curves import number, spline
from inceptionspec.drawing.diagram.element_ids import edge_id, id_of
from inceptionspec.drawing.diagram.frames import Frame
from inceptionspec.drawing.diagram.geometry import Point
from inceptionspec.drawing.diagram.header import Header
from inceptionspec.drawing.diagram.labels import label_text
from inceptionspec.drawing.diagram.metrics import FONT, text_width
from inceptionspec.drawing.diagram.scene import SMALL, TEXT, Edge, Rect, Scene, title_size
from inceptionspec.drawing.diagram.theme import Theme, text_on

if TYPE_CHECKING:
    import graphviz

MARGIN = "0.25"
"""The margin around the picture, in inches."""
POINTS = 72
"""Points in an inch."""
DPI = 144
"""Pixels to an inch in a raster image: letters of 9 points are 18 pixels high."""
LONGEST = 32_000
"""The most pixels of a side; programs that draw or show pictures stop at 32,767."""


def to_dot(scene: Scene, header: Header, pixels: bool = False) -> str:
    """The whole text; for a picture of ``pixels`` with the number of them to an inch."""
    import graphviz

    dot = graphviz.Digraph("network")
    writer = _Writer(scene, header, scene.theme)
    dot.attr(
        "graph",
        layout="nop2",
        bgcolor=scene.theme.paper,
        pad=MARGIN,
        fontname=FONT,
        fontcolor=scene.theme.ink,
        dpi=str(_dpi(scene, header)) if pixels else None,
    )
    dot.attr(
        "node",
        shape="box",
        style="rounded,filled",
        fixedsize="true",
        margin="0",
        fontname=FONT,
        fontsize=f"{TEXT:g}",
        color=scene.theme.line,
        penwidth="0.8",
    )
    dot.attr("edge", color=scene.theme.line, penwidth="0.9", arrowsize="0.6", fontname=FONT,
             fontsize=f"{SMALL:g}", fontcolor=scene.theme.muted)  # fmt: skip
    writer.header(dot)
    writer.inside(dot, "", 0)
    writer.edges(dot)
    return str(dot.source)


def _dpi(scene: Scene, header: Header) -> int:
    """Pixels of an inch: as many as are read well, fewer where a side would be too long."""
    rects = [*scene.rects, *(rect for rect, _ in scene.frames.values())]
    across = max(header.width, *(rect.right for rect in rects))
    down = header.height + max(rect.bottom for rect in rects)
    return min(DPI, int(LONGEST * POINTS / (max(across, down) + POINTS)))


class _Writer:
    def __init__(self, scene: Scene, header: Header, theme: Theme) -> None:
        self.scene = scene
        self.top = header
        self.theme = theme
        width = max((rect.right for rect, _ in scene.frames.values()), default=0.0)
        width = max([width, *(rect.right for rect in scene.rects)])
        self.dx = max(0.0, round((header.width - width) / 2))
        self.children: dict[str, list[str | int]] = {"": []}
        for key in scene.frames:
            self.children[key] = []
        for key in scene.frames:
            self.children[self._drawn_around(scene.all_frames.by_key[key].parent)].append(key)
        for at, box in enumerate(scene.boxes):
            self.children[self._drawn_around(box.frame)].append(at)

    def _drawn_around(self, key: str) -> str:
        """A frame, or the next one around it that is drawn."""
        return next(
            (path for path in self.scene.all_frames.around(key) if path in self.children), ""
        )

    # Places: y grows upwards here

    def _point(self, point: Point) -> Point:
        return point[0] + self.dx, -point[1] - self.top.height

    def _moved(self, rect: Rect) -> Rect:
        dx, dy = self.dx, self.top.height
        return Rect(rect.left + dx, rect.top + dy, rect.right + dx, rect.bottom + dy)

    # Boxes and frames

    def inside(self, dot: graphviz.Digraph, key: str, depth: int) -> None:
        """What a frame contains, with the frames in it."""
        for child in self.children[key]:
            if isinstance(child, int):
                self._box(dot, child)
                continue
            with dot.subgraph(name=f"cluster {child}") as inner:
                self._frame(inner, child, depth)
                self.inside(inner, child, depth + 1)

    def _frame(self, dot: graphviz.Digraph, key: str, depth: int) -> None:
        frame, theme = self.scene.all_frames.by_key[key], self.theme
        rect, title = self.scene.frames[key]
        size = title_size(key, self.scene.all_frames)
        place = self._moved(title.room)
        width = max(text_width(line, size) for line in title.lines)
        color = theme.auxiliary if frame.auxiliary else theme.frame_line
        dot.attr(
            bb=_corners(self._moved(rect)),
            label=label_text(title.lines, "l"),
            lp=f"{number(place.left + width / 2)},{number(-(place.top + place.bottom) / 2)}",
            fontsize=f"{size:g}",
            fontcolor=theme.auxiliary if frame.auxiliary else theme.muted,
            style="rounded,filled,dashed" if frame.auxiliary else "rounded,filled",
            fillcolor=theme.frames[depth % len(theme.frames)],
            color=color,
            penwidth="1.2" if frame.auxiliary else "0.8",
            id=id_of("frame", key)
            if frame.kind != "group"
            else f"group-{key.split(' ', 1)[1].replace(' ', '--')}",
            **{"class": f"{frame.kind} auxiliary" if frame.auxiliary else frame.kind},
        )

    def _box(self, dot: graphviz.Digraph, at: int) -> None:
        scene, box = self.scene, self.scene.boxes[at]
        fill = scene.paint.fills[at]
        look: dict[str, str] = {}
        auxiliary = box.head not in ("", scene.graph.main)
        if auxiliary and not box.frame:
            look = {"style": "rounded,filled,dashed", "color": self.theme.auxiliary}
        if scene.paint.states:
            state = scene.paint.states[at]
            style = "rounded,filled,dashed" if state == "removed" else "rounded,filled"
            look = {"style": style, "color": outline(state, self.theme)}
        dot.node(
            box.key,
            label_text(scene.texts[at]),
            **_place(self._moved(scene.rects[at])),
            fillcolor=fill,
            fontcolor=text_on(fill, self.theme),
            id=_box_id(box),
            **{"class": f"{box.kind} {category(box)}"},
            **look,
        )

    # Edges

    def edges(self, dot: graphviz.Digraph) -> None:
        """Every edge, and after the first of each box its label."""
        labeled: set[int] = set()
        for edge in self.scene.edges:
            look: dict[str, str] = {}
            source, to = self.scene.boxes[edge.source].key, self.scene.boxes[edge.to].key
            is_mark = self.scene.boxes[edge.to].kind == "output"
            label = self.scene.labels.get(edge.source)
            if label is not None and edge.source not in labeled:
                labeled.add(edge.source)
                room = self._moved(label.room)
                x, y = (room.left + room.right) / 2, -(room.top + room.bottom) / 2
                look = {"label": label_text(label.lines), "lp": f"{number(x)},{number(y)}"}
            if edge.shortcut:
                look["class"] = "shortcut"
            if edge.state != "kept":
                look |= {"color": outline(edge.state, self.theme), "penwidth": "1.2"}
            if edge.state == "removed":
                look["style"] = "dashed"
            dot.edge(
                source,
                to,
                pos=spline([self._point(point) for point in edge.points]),
                id="mark-edge" if is_mark else self._edge_id(edge),
                **look,
            )

    def _edge_id(self, edge: Edge) -> str:
        """The id of an edge, by the paths of its boxes; of a group, that of its first layer."""
        source, to = (
            box.nodes[0].path if box.key.startswith("group ") else box.key
            for box in (self.scene.boxes[edge.source], self.scene.boxes[edge.to])
        )
        return edge_id(source, to, edge.number)

    # The header

    def header(self, dot: graphviz.Digraph) -> None:
        """Title and legend."""
        for place, (text, size) in enumerate(self.top.texts):
            color = self.theme.ink if size >= TEXT else self.theme.muted
            dot.node(
                f"title {place}",
                label_text(text.lines, "l"),
                **_place(text.room),
                shape="plaintext",
                style="",
                fontsize=f"{size:g}",
                fontcolor=color,
                id=f"title-{place}",
                **{"class": "title"},
            )
        for place, (word, rect, fill) in enumerate(self.top.swatches):
            look = {"style": "rounded,filled"} if word else {"style": "filled", "penwidth": "0"}
            dot.node(
                f"legend {place}",
                label_text((word,)),
                **_place(rect),
                fillcolor=fill,
                fontcolor=text_on(fill, self.theme),
                fontsize=f"{SMALL:g}",
                id=f"legend-{place}",
                **{"class": "legend"},
                **look,
            )


def _frame_id(frame: Frame) -> str:
    """Groups may be torn: the number of its first layer keeps two pieces apart."""
    if frame.kind != "group":
        return id_of("frame", frame.key)
    _, name, index = frame.key.split(" ")
    return f"{id_of('group', name)}--{index}"


def _box_id(box: Box) -> str:
    """The id of a box; a mark of an end has one of its own."""
    if box.kind == "input" or box.kind == "output":
        return f"mark-{box.kind}"
    if box.kind == "block" and box.key.startswith("group "):
        _, name, index = box.key.split(" ")
        return f"{id_of('group', name)}--{index}"
    return id_of(box.kind, box.key)


def _place(rect: Rect) -> Mapping[str, str]:
    """Position and size of a node, in points and inches."""
    return {
        "pos": f"{number((rect.left + rect.right) / 2)},{number(-(rect.top + rect.bottom) / 2)}",
        "width": _inches(rect.right - rect.left),
        "height": _inches(rect.bottom - rect.top),
    }


def _inches(points: float) -> str:
    return f"{points / POINTS:.4f}".rstrip("0").rstrip(".")


def _corners(rect: Rect) -> str:
    return ",".join(map(number, (rect.left, -rect.bottom, rect.right, -rect.top)))
