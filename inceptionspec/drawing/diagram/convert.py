"""SVG text to PDF and PNG by Typst, which needs no system package.

Text stays text and fonts are embedded. Letters that the first font lacks are drawn by another
font of the machine that has them.
"""

from __future__ import annotations

import html
import importlib.util
import re
from typing import Literal

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span

INSTALL = "pip install 'inceptionspec[pdf]'"
"""What brings Typst."""

# What Arimo and Liberation Sans have, which are as wide as Helvetica.
_LETTERS = (
    (0x00, 0x52F), (0x591, 0x5F4), (0x1D00, 0x1DCA), (0x1DFE, 0x20BF), (0x2105, 0x2122),
    (0x2190, 0x2195), (0x2202, 0x221F), (0x2248, 0x2265), (0x2500, 0x25E6),
)  # fmt: skip
_UNKNOWN = "\U0010fffd"
"""A letter that no font has."""

_TITLE = re.compile(r'class="node title">\s*<text[^>]*>([^<]*)')
_DOCUMENT = b"""#set page(width: auto, height: auto, margin: 0pt)
#set document(title: sys.inputs.title, date: none)
#image(bytes(sys.inputs.svg), format: "svg", alt: sys.inputs.title)
"""


def is_installed() -> bool:
    """Whether Typst is there."""
    return importlib.util.find_spec("typst") is not None


def convert(svg: str, form: Literal["pdf", "png"], pixels: int, place: Span) -> bytes:
    """The same picture in another form, the same bytes each time.

    Args:
        pixels: of a PNG, to an inch.

    Raises:
        SpecError: E0706 where Typst fails.
    """
    import typst

    named = _TITLE.search(svg)
    title = html.unescape(named[1]) if named else ""
    try:
        made = typst.Compiler(_DOCUMENT).compile(
            format=form, ppi=float(pixels), sys_inputs={"svg": svg, "title": title}, timestamp=0
        )
    except typst.TypstError as error:
        reason = str(error).partition("\n")[0]
        raise spec_error("E0706", f"`typst` failed: {reason}", place) from None
    return bytes(made[0] if isinstance(made, list) else made or b"")


def lacking(dot: str) -> str:
    """The letters of a diagram that its own font lacks, each once."""
    return "".join(letter for letter in dict.fromkeys(dot) if not _has(letter))


def unknown(letters: str, place: Span) -> str:
    """Those letters that no font of this machine has."""

    def drawn(letter: str) -> bytes:
        text = f'<text x="10" y="40" font-family="Helvetica" font-size="40">{letter}</text>'
        size = 'width="60pt" height="60pt" viewBox="0 0 60 60"'
        svg = f'<svg {size} xmlns="http://www.w3.org/2000/svg">{text}</svg>'
        return convert(svg, "png", 72, place)

    nothing = drawn(_UNKNOWN) if letters else b""
    return "".join(letter for letter in letters if drawn(letter) == nothing)


def _has(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _LETTERS)
