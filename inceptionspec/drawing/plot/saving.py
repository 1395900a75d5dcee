"""A figure of matplotlib to the bytes of a picture: the same ones on every run."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.drawing.diagram.convert import lacking
from inceptionspec.drawing.diagram.metrics import FONT
from inceptionspec.utils.matplotlib_fonts import without_word_of_fonts

_CREATOR = f"inceptionspec {__version__}"
#: The suffixes of pictures, and the metadata in each: no time and no
#: version of another program, so that the same network gives the same bytes.
SUFFIXES: Mapping[str, Mapping[str, str | None]] = MappingProxyType(
    {
        ".svg": {"Creator": _CREATOR, "Date": None},
        ".png": {"Software": _CREATOR},
        ".pdf": {"Creator": _CREATOR, "Producer": None, "CreationDate": None},
    }
)
_EMPTY = "Last Resort"
"""What fonts are called that draw an empty box for every letter."""
_SETTINGS: Mapping[str, Any] = {
    "font.family": [FONT, "Arial", "Liberation Sans", "DejaVu Sans"],  # the last is matplotlib's
    "font.size": 9,
    "svg.hashsalt": "inceptionspec",
    "svg.fonttype": "none",  # words stay words, which can be searched and copied
    "pdf.fonttype": 42,
}


@contextmanager
def own_settings(use: str) -> Iterator[None]:
    """Whatever a user has set of matplotlib, the picture is the same; all is set back afterwards.

    Args:
        use: what needs matplotlib, as a sentence.

    Raises:
        SpecError: it is not installed (E0704).
    """
    with packages("matplotlib", extra="plot", use=use):
        import matplotlib
    with matplotlib.rc_context(), without_word_of_fonts():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def saved(figure: Any, suffix: str) -> bytes:
    """The picture of a figure.

    Args:
        figure: of matplotlib.
        suffix: one of ``SUFFIXES``.
    """
    if suffix != ".svg":  # whose reader has fonts of its own
        _draw_with_other_fonts(figure)
    written = io.BytesIO()
    metadata: dict[str, Any] = dict(SUFFIXES[suffix])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # it is drawn as an empty box
        figure.savefig(written, format=suffix[1:], metadata=metadata)
    return written.getvalue()


def _draw_with_other_fonts(figure: Any) -> None:
    """Let letters that the usual fonts lack be drawn by fonts of this machine that have them."""
    from matplotlib.text import Text

    texts = figure.findobj(Text)
    missing = set(lacking("".join(text.get_text() for text in texts)))
    others = _fonts_with(missing) if missing else ()
    for text in texts if others else ():
        text.set_fontfamily([*_SETTINGS["font.family"], *others])


def _fonts_with(letters: set[str]) -> Sequence[str]:
    """The fewest families that have as many of some letters as this machine can draw."""
    from matplotlib.font_manager import fontManager, get_font

    has: dict[str, set[str]] = {}
    for font in sorted(fontManager.ttflist, key=lambda font: (font.name, font.fname)):
        if font.name in has or font.style != "normal" or font.name.startswith(_EMPTY):
            continue
        with suppress(OSError, RuntimeError):  # a font that has gone, or that cannot be read
            found = get_font(font.fname)
            has[font.name] = {letter for letter in letters if found.get_char_index(ord(letter))}
    chosen: list[str] = []
    left = set(letters)
    while best := max(has, key=lambda name: len(has[name] & left), default=""):
        if not has[best] & left:
            break
        chosen.append(best)
        left -= has[best]
    return chosen
