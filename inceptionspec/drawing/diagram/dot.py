"""A picture to DOT text, with the place of everything: the engine only draws it.

The package `graphviz` quotes what is written. The layout `nop2` leaves all places alone. A
picture whose boxes are not placed is written without places, and the engine's own layout
`dot` finds them.
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
from inceptionspec.drawing.diagram.header_table import header_table
from inceptionspec.drawing.diagram.labels import label_text
from inceptionspec.drawing.diagram.metrics import FONT, engine_width
from inceptionspec.drawing.diagram.scene import Edge, Rect, Scene, title_size
from inceptionspec.drawing.diagram.sheet import PLAIN, Sheet
from inceptionspec.drawing.diagram.theme import text_on

if TYPE_CHECKING:
    import graphviz

MARGIN = "0.25"
"""The margin around the picture, in inches."""
POINTS = 72
"""Points in an inch."""
DPI = 144
"""Pixels to an inch in a raster image: letters of 9 points are 18 pixels high."""
CORNER, INSET = 0.9, 0.1
"""What marks a corner of a page, and how far it is inside, since engines round up."""
LONGEST = 32_000
"""The most pixels of a side; programs that draw or show pictures stop at 32,767."""


def to_dot(scene: Scene, header: Header, pixels: bool = False, sheet: Sheet = PLAIN) -> str:
    """The whole text; for a picture of ``pixels`` with the number of them to an inch."""
    import graphviz

    dot = graphviz.Digraph("network")
    writer = _Writer(scene, header, sheet)
    dpi = _dpi(scene, header) if scene.placed and sheet == PLAIN else DPI
    layout = {"layout": "nop2"} if scene.placed else _own_layout(scene, header, pixels)
    density, size = scene.density, writer.size
    dot.attr(
        "graph",
        bgcolor=scene.theme.paper,
        pad=MARGIN if sheet == PLAIN else "0",
        fontname=FONT,
        fontcolor=scene.theme.ink,
        dpi=str(dpi) if pixels else None,
        **layout,
    )
    dot.attr(
        "node",
        shape="box",
        style="rounded,filled",
        fixedsize="true",
        margin="0",
        fontname=FONT,
        fontsize=size(density.text),
        color=scene.theme.line,
        penwidth=size(0.8),
    )
    dot.attr("edge", color=scene.theme.line, penwidth=size(0.9), arrowsize=size(0.6), fontname=FONT,
             fontsize=size(density.small), fontcolor=scene.theme.muted)  # fmt: skip
    if scene.placed:
        writer.corners(dot)
        writer.header(dot)
    writer.inside(dot, "", 0)
    writer.edges(dot)
    return str(dot.source)


def _own_layout(scene: Scene, header: Header, pixels: bool) -> Mapping[str, str]:
    """What the engine needs for a layout of its own, with the header as the graph's label."""
    inches = LONGEST / DPI
    return {
        "layout": "dot",
        "rankdir": scene.direction,
        "nodesep": "0.2",
        "ranksep": "0.3",
        "label": header_table(header, scene.theme, scene.density.small),
        "labelloc": "t",
        "labeljust": "l",
        **({"size": f"{inches:.0f},{inches:.0f}"} if pixels else {}),
    }


def _dpi(scene: Scene, header: Header) -> int:
    """Pixels of an inch: as many as are read well, fewer where a side would be too long."""
    rects = [*scene.rects, *(rect for rect, _ in scene.frames.values())]
    across = max(header.width, *(rect.right for rect in rects))
    down = header.height + max(rect.bottom for rect in rects)
    return min(DPI, int(LONGEST * POINTS / (max(across, down) + POINTS)))


class _Writer:
    def __init__(self, scene: Scene, header: Header, sheet: Sheet) -> None:
        self.scene = scene
        self.top = header
        self.theme = scene.theme
        self.sheet = sheet
        self.scale = sheet.scale
        width = max((rect.right for rect, _ in scene.frames.values()), default=0.0)
        width = max([width, *(rect.right for rect in scene.rects)])
        self.dx = max(0.0, round((header.width - width) / 2)) + sheet.left
        self.dy = header.height + sheet.top
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

    # Places: y grows upwards here, and all is scaled to the sheet

    def size(self, value: float) -> str:
        """A size of letters or the width of a pen."""
        return number(value * self.scale) if self.scale != 1 else f"{value:g}"

    def _point(self, point: Point) -> Point:
        return (point[0] + self.dx) * self.scale, -(point[1] + self.dy) * self.scale

    def _moved(self, rect: Rect) -> Rect:
        return self._scaled(rect, self.dx, self.dy)

    def _on_top(self, rect: Rect) -> Rect:
        return self._scaled(rect, self.sheet.margin, self.sheet.margin)

    def _scaled(self, rect: Rect, dx: float, dy: float) -> Rect:
        scale = self.scale
        return Rect(
            (rect.left + dx) * scale,
            (rect.top + dy) * scale,
            (rect.right + dx) * scale,
            (rect.bottom + dy) * scale,
        )

    def corners(self, dot: graphviz.Digraph) -> None:
        """What is not seen at two corners of a page, so that the picture is as large as it."""
        if self.sheet.page is None:
            return
        width, height = self.sheet.page
        for name, x, y in (("first", INSET, INSET), ("last", width - 1.0, height - 1.1)):
            place = _place(Rect(x, y, x + CORNER, y + CORNER))
            dot.node(f"{name} corner", "", **place, style="invis")

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
        scene, theme = self.scene, self.theme
        frame = scene.all_frames.by_key[key]
        rect, title = self.scene.frames[key]
        size = title_size(key, self.scene.all_frames, scene.density)
        place = self._moved(title.room)
        width = max(engine_width(line, size) for line in title.lines) * self.scale
        color = theme.auxiliary if frame.auxiliary else theme.frame_line
        places = {}
        if scene.placed:
            places["bb"] = _corners(self._moved(rect))
            middle = -(place.top + place.bottom) / 2
            places["lp"] = f"{number(place.left + width / 2)},{number(middle)}"
        dot.attr(
            label=label_text(title.lines, "l"),
            **places,
            fontsize=self.size(size),
            fontcolor=theme.auxiliary if frame.auxiliary else theme.muted,
            style="rounded,filled,dashed" if frame.auxiliary else "rounded,filled",
            fillcolor=theme.frames[depth % len(theme.frames)],
            color=color,
            penwidth=self.size(1.2 if frame.auxiliary else 0.8),
            id=_frame_id(frame),
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
            **_place(self._moved(scene.rects[at]), scene.placed),
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
                text = label_text(label.lines)
                if self.scene.placed:
                    look = {"label": text, "lp": f"{number(x)},{number(y)}"}
                else:  # the engine puts it right next to the edge
                    look = {"label": f"  {text}"}
            if edge.shortcut:
                look["class"] = "shortcut"
            if edge.state != "kept":
                look |= {"color": outline(edge.state, self.theme), "penwidth": self.size(1.2)}
            if edge.state == "removed":
                look["style"] = "dashed"
            dot.edge(
                source,
                to,
                pos=spline([self._point(point) for point in edge.points], self.scale)
                if edge.points
                else None,
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
            color = self.theme.ink if size >= self.scene.density.text else self.theme.muted
            dot.node(
                f"title {place}",
                label_text(text.lines, "l"),
                **_place(self._on_top(text.room)),
                shape="plaintext",
                style="",
                fontsize=self.size(size),
                fontcolor=color,
                id=f"title-{place}",
                **{"class": "title"},
            )
        for place, (word, rect, fill) in enumerate(self.top.swatches):
            look = {"style": "rounded,filled"} if word else {"style": "filled", "penwidth": "0"}
            dot.node(
                f"legend {place}",
                label_text((word,)),
                **_place(self._on_top(rect)),
                fillcolor=fill,
                fontcolor=text_on(fill, self.theme),
                fontsize=self.size(self.scene.density.small),
                id=f"legend-{place}",
                **{"class": "legend"},
                **look,
            )


def _frame_id(frame: Frame) -> str:
    """Groups and pieces of frames may be torn: the number of the first layer keeps them apart."""
    word, *rest = frame.key.split(" ")
    if not rest:
        return id_of("frame", frame.key)
    name, index = rest
    return f"{id_of('group' if word == 'group' else 'frame', name)}--{index}"


def _box_id(box: Box) -> str:
    """The id of a box; a mark of an end has one of its own."""
    if box.kind == "input" or box.kind == "output":
        return f"mark-{box.kind}"
    if box.kind == "junction":
        return f"mark-{box.key.replace('/', '-')}"
    if box.kind == "block" and box.key.startswith("group "):
        _, name, index = box.key.split(" ")
        return f"{id_of('group', name)}--{index}"
    return id_of(box.kind, box.key)


def _place(rect: Rect, placed: bool = True) -> Mapping[str, str]:
    """Position, if it has one, and size of a node, in points and inches."""
    x, y = (rect.left + rect.right) / 2, -(rect.top + rect.bottom) / 2
    return {
        **({"pos": f"{number(x)},{number(y)}"} if placed else {}),
        "width": _inches(rect.right - rect.left),
        "height": _inches(rect.bottom - rect.top),
    }


def _inches(points: float) -> str:
    return f"{points / POINTS:.4f}".rstrip("0").rstrip(".")


def _corners(rect: Rect) -> str:
    return ",".join(map(number, (rect.left, -rect.bottom, rect.right, -rect.top)))
