"""A picture to TikZ: a document in which text, lines and colors are commands to edit.

Places are those of the picture, in points of 1/72 inch, y downwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from inceptionspec.drawing.diagram.colors import category, outline
from inceptionspec.drawing.diagram.convert import lacking
from inceptionspec.drawing.diagram.curves import ARROW, RADIUS, corners, number
from inceptionspec.drawing.diagram.element_ids import id_of
from inceptionspec.drawing.diagram.header import Header
from inceptionspec.drawing.diagram.scene import Edge, Rect, Scene, title_size
from inceptionspec.drawing.diagram.sheet import Sheet
from inceptionspec.drawing.diagram.theme import text_on

MARGIN = 18.0
"""Around a picture that is not on a page."""
LINE = 1.2
"""The distance of two lines in units of their size."""

_ESCAPED: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "\u00b7": r"$\cdot$", "\u00d7": r"$\times$", "\u2212": "$-$", "<": r"\textless{}",
    ">": r"\textgreater{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}", "|": r"\textbar{}", "-": "{-}",
}  # fmt: skip
"""Characters that TeX would not print as they are, or join with the next."""


def to_tikz(scene: Scene, header: Header, sheet: Sheet) -> str:
    """The whole document; it compiles with pdfTeX, XeTeX and LuaTeX."""
    return "\n".join(_Writer(scene, header, sheet).lines()) + "\n"


class _Writer:
    def __init__(self, scene: Scene, header: Header, sheet: Sheet) -> None:
        self.scene, self.top, self.sheet = scene, header, sheet
        self.theme, self.scale = scene.theme, sheet.scale
        self.dx = max(0.0, round((header.width - scene.extent[0]) / 2)) + sheet.left
        self.dy = header.height + sheet.top
        self.colors: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        """The document, line by line."""
        theme, size, density = self.theme, self._size, self.scene.density
        body = [*self._frames(), *self._edges(), *self._boxes(), *self._labels(), *self._header()]
        width, height = self._page()
        words = "".join(
            line for text in (*self.scene.texts, *(text.lines for text, _ in self.top.texts))
            for line in text
        )  # fmt: skip
        yield r"\documentclass{article}"
        yield rf"\usepackage[paperwidth={width}bp,paperheight={height}bp,margin=0bp]{{geometry}}"
        yield r"\usepackage{fix-cm,iftex,textcomp,tikz}"
        yield r"\usetikzlibrary{arrows.meta}"
        if missing := lacking(words):
            yield r"\ifPDFTeX % its fonts lack these letters; XeTeX and LuaTeX may have them"
            yield from (
                rf"\DeclareUnicodeCharacter{{{ord(letter):04X}}}{{?}}" for letter in missing
            )
            yield r"\fi"
        for name, color in {
            "paper": theme.paper, "ink": theme.ink, "muted": theme.muted, "line": theme.line,
            "frameline": theme.frame_line, "auxiliary": theme.auxiliary, **self.colors,
        }.items():  # fmt: skip
            yield rf"\definecolor{{{name}}}{{HTML}}{{{color[1:].upper()}}}"
        yield r"\tikzset{"
        yield rf"  box/.style={{draw=line, line width={size(0.8)}, rounded corners={size(4)},"
        yield rf"    align=center, inner sep=0bp, {self._font(density.text)}}},"
        yield rf"  frame/.style={{draw=frameline, line width={size(0.8)},"
        yield rf"    rounded corners={size(4)}}},"
        yield rf"  aux/.style={{draw=auxiliary, line width={size(1.2)}, dashed}},"
        yield rf"  edge/.style={{draw=line, line width={size(0.9)}, rounded corners={size(RADIUS)},"
        yield rf"    -{{Stealth[length={size(ARROW)}]}}}},"
        yield r"  words/.style={inner sep=0bp, align=left, text=muted,"
        yield rf"    {self._font(density.small)}}},"
        yield "}"
        yield r"\pagestyle{empty}\pagecolor{paper}\parindent=0bp\topskip=0bp"
        yield r"\begin{document}\sffamily"
        yield r"\begin{tikzpicture}[x=1bp, y=-1bp, trim left=0bp, baseline=0bp]"
        yield rf"\useasboundingbox (0, 0) rectangle ({width}, {height});"
        yield from body
        yield r"\end{tikzpicture}"
        yield r"\end{document}"

    # Places and sizes

    def _page(self) -> tuple[str, str]:
        if self.sheet.page is not None:
            width, height = self.sheet.page
            return number(width), number(height)
        width, height = self.scene.extent
        width = max(self.top.width, width) + 2 * MARGIN
        return number(width), number(height + self.top.height + 2 * MARGIN)

    def _edge_of_paper(self) -> float:
        return MARGIN if self.sheet.page is None else 0.0

    def _size(self, value: float) -> str:
        return f"{number(value * self.scale)}bp"

    def _font(self, size: float) -> str:
        letters = number(size * self.scale)
        lines = number(size * self.scale * LINE)
        return rf"font=\fontsize{{{letters}bp}}{{{lines}bp}}\selectfont"

    def _at(self, x: float, y: float) -> str:
        """A place of the picture on the paper."""
        return self._xy(x + self.dx, y + self.dy)

    def _xy(self, x: float, y: float) -> str:
        edge = self._edge_of_paper()
        return f"({number(x * self.scale + edge)}, {number(y * self.scale + edge)})"

    def _fill(self, name: str, color: str) -> str:
        """The name of a color, which is defined with the first use."""
        stem = name = "".join(letter for letter in name if letter.isalnum()) or "fill"
        for more in itertools.count(2):
            if self.colors.setdefault(name, color) == color:
                break
            name = f"{stem}{more}"
        return name

    # What is drawn

    def _frames(self) -> Iterator[str]:
        scene = self.scene
        for key, (rect, title) in scene.frames.items():
            frame = scene.all_frames.by_key[key]
            depth = len([*scene.all_frames.around(key)]) - 1
            fill = self._fill(
                f"frame{'ABCDEF'[depth % len(self.theme.frames)]}",
                self.theme.frames[depth % len(self.theme.frames)],
            )
            style = "frame, aux" if frame.auxiliary else "frame"
            yield (
                rf"\draw[{style}, fill={fill}] {self._at(rect.left, rect.top)} rectangle "
                rf"{self._at(rect.right, rect.bottom)};"
            )
            ink = ", text=auxiliary" if frame.auxiliary else ""
            font = self._font(title_size(key, scene.all_frames, scene.density))
            room = title.room
            yield (
                rf"\node[words, anchor=west, {font}{ink}] at "
                rf"{self._at(room.left, (room.top + room.bottom) / 2)} {{{_words(title.lines)}}};"
            )

    def _boxes(self) -> Iterator[str]:
        scene = self.scene
        for at, (box, rect) in enumerate(zip(scene.boxes, scene.rects, strict=True)):
            fill = scene.paint.fills[at]
            name = self._name(fill) or self._fill(self._meaning(at), fill)
            ink = text_on(fill, self.theme)
            style = (
                "box" if ink == self.theme.on_light else f"box, text={self._fill('onDark', ink)}"
            )
            if box.head not in ("", scene.graph.main) and not box.frame:
                style += ", aux"
            if scene.paint.states:
                state = scene.paint.states[at]
                style += f", draw={self._fill(f'{state}Line', outline(state, self.theme))}"
                style += ", dashed" if state == "removed" else ""
            key = id_of("layer" if box.kind == "layer" else "block", box.key).replace(" ", "-")
            yield self._node(rect, scene.texts[at], f"{style}, fill={name}", key)

    def _meaning(self, at: int) -> str:
        """What the fill of a box means, as the name of a color."""
        scene, box = self.scene, self.scene.boxes[at]
        if scene.paint.states:
            return scene.paint.states[at]
        if scene.paint.scale is not None:
            return "heat"
        if box.kind == "block":
            return scene.all_frames.by_key[box.key].definition or category(box)
        return category(box)

    def _name(self, color: str) -> str:
        """The name of a color that has one."""
        return next((name for name, known in self.colors.items() if known == color), "")

    def _node(self, rect: Rect, lines: Sequence[str], style: str, name: str) -> str:
        middle = self._at((rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2)
        return (
            rf"\node[{style}, minimum width={self._size(rect.right - rect.left)}, "
            rf"minimum height={self._size(rect.bottom - rect.top)}] ({name}) "
            rf"at {middle} {{{_words(lines)}}};"
        )

    def _edges(self) -> Iterator[str]:
        for edge in self.scene.edges:
            yield rf"\draw[{self._edge_style(edge)}] {self._way(edge)};"

    def _edge_style(self, edge: Edge) -> str:
        if edge.state == "kept":
            return "edge"
        color = self._fill(f"{edge.state}Line", outline(edge.state, self.theme))
        return f"edge, draw={color}{', dashed' if edge.state == 'removed' else ''}"

    def _way(self, edge: Edge) -> str:
        """The corners of an edge up to the tip of its arrow; its style rounds them."""
        return " -- ".join(self._at(*point) for point in corners(edge.points))

    def _labels(self) -> Iterator[str]:
        for label in self.scene.labels.values():
            x, y = (
                (label.room.left + label.room.right) / 2,
                (label.room.top + label.room.bottom) / 2,
            )
            yield rf"\node[words] at {self._at(x, y)} {{{_words(label.lines)}}};"

    def _header(self) -> Iterator[str]:
        margin = self.sheet.margin
        for text, size in self.top.texts:
            place = self._xy(
                text.room.left + margin, (text.room.top + text.room.bottom) / 2 + margin
            )
            style = f"words, anchor=west, text=ink, {self._font(size)}"
            yield rf"\node[{style}] at {place} {{{_words(text.lines)}}};"
        for word, rect, fill in self.top.swatches:
            name = self._name(fill) or self._fill(word or "scale", fill)
            moved = Rect(*(side + margin for side in rect))
            middle = self._xy((moved.left + moved.right) / 2, (moved.top + moved.bottom) / 2)
            ink = text_on(fill, self.theme)
            look = "" if ink == self.theme.on_light else f", text={self._fill('onDark', ink)}"
            style = f"box, fill={name}{look}, {self._font(self.scene.density.small)}"
            style += "" if word else ", draw=none, rounded corners=0bp"
            yield (
                rf"\node[{style}, minimum width={self._size(rect.right - rect.left)}, "
                rf"minimum height={self._size(rect.bottom - rect.top)}] at {middle} "
                rf"{{{_words((word,))}}};"
            )


def _words(lines: Sequence[str]) -> str:
    """Lines of text as TeX prints them."""
    return r" \\ ".join("".join(_ESCAPED.get(letter, letter) for letter in line) for line in lines)
