"""The colors of diagrams, as records that are handed along: nothing else names a color.

Fills that stand next to each other in a network differ by at least 12 in CIEDE2000 for light
and dark screens, and by at least 6 in lightness for print, where colors may be lost; both also
for readers with one of the three kinds of color blindness. No two categories of a theme have
the same lightness. Steps of the scales are even in CIE L*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from inceptionspec.drawing.diagram.options import ThemeName

COMPOSITE = "composite"
"""The category of a box with layers of several categories."""


@dataclass(frozen=True, slots=True)
class Theme:
    """All colors of a diagram.

    Attributes:
        paper: the background; ``ink`` is text on it, ``muted`` text of less weight.
        line: edges and the outlines of boxes.
        frames: alternating backgrounds of nested frames; ``frame_line`` their outline.
        auxiliary: outline and title of auxiliary heads.
        on_light, on_dark: text on a fill, whichever has more contrast.
        categories: the fill of each category of operators.
        blocks: fills of blocks that are drawn as one box, see ``block_colors``.
        nothing: the fill of a box that has no value.
        scale: the fills of a heat map, from none to most.
        added, removed, changed, training, kept: fills of a comparison, and their outlines.
            ``training`` is what only trains differently.
    """

    paper: str
    ink: str
    muted: str
    line: str
    frames: tuple[str, ...]
    frame_line: str
    auxiliary: str
    on_light: str
    on_dark: str
    categories: Mapping[str, str]
    blocks: tuple[str, ...]
    nothing: str
    scale: tuple[str, ...]
    added: tuple[str, str]
    removed: tuple[str, str]
    changed: tuple[str, str]
    training: tuple[str, str]
    kept: tuple[str, str]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b2430",
    muted="#4d5a67",
    line="#66727f",
    frames=("#f4f6f8", "#e9edf1"),
    frame_line="#cbd3db",
    auxiliary="#8a4b08",
    on_light="#000000",
    on_dark="#ffffff",
    categories=MappingProxyType(
        {
            "input": "#ffffff",
            "convolution": "#c1e0fb",
            "pooling": "#f9b64f",
            "merge": "#e2f0ad",
            "normalization": "#b188dd",
            "activation": "#97b684",
            "regularization": "#b36178",
            "dense": "#2e69ae",
            "reshape": "#8f919d",
            COMPOSITE: "#d5cac0",
        }
    ),
    blocks=("#6eb4b7", "#aeadf4", "#d27e88", "#9a7351", "#989219", "#287266", "#9f72c2", "#7c4f31"),
    nothing="#ffffff",
    scale=("#fbf3dc", "#f6d9a5", "#f5bc75", "#f49c51", "#f07a3b",
           "#e65735", "#d33638", "#b81a3d", "#950f3f"),
    added=("#9ed5bd", "#1c6b3a"),
    removed=("#e28b86", "#a1282c"),
    changed=("#f6de89", "#8a6400"),
    training=("#c8cfed", "#5363a8"),
    kept=("#ffffff", "#9aa5b0"),
)  # fmt: skip

DARK = Theme(
    paper="#12161b",
    ink="#e8edf2",
    muted="#aab5c0",
    line="#8794a1",
    frames=("#1a2027", "#232b34"),
    frame_line="#3a4552",
    auxiliary="#f0a04b",
    on_light="#000000",
    on_dark="#ffffff",
    categories=MappingProxyType(
        {
            "input": "#2a2a2a",
            "convolution": "#7d92aa",
            "pooling": "#f5a04a",
            "merge": "#918849",
            "normalization": "#8069b3",
            "activation": "#61b487",
            "regularization": "#963c52",
            "dense": "#0d537f",
            "reshape": "#616e80",
            COMPOSITE: "#394857",
        }
    ),
    blocks=("#328a7b", "#6757a4", "#aa5160", "#714d2a", "#7b7829", "#70d0c2", "#de9ae7", "#edd3ab"),
    nothing="#12161b",
    scale=("#36316f", "#6f3185", "#aa2889", "#dc267c", "#fd4469",
           "#ff7a63", "#ffa26a", "#ffc67b", "#fde899"),
    added=("#37895a", "#6fd396"),
    removed=("#7d2f34", "#f08a86"),
    changed=("#ac9030", "#f2d36b"),
    training=("#3c4675", "#a9b5ee"),
    kept=("#1f262d", "#7c8894"),
)  # fmt: skip

PRINT = Theme(
    paper="#ffffff",
    ink="#000000",
    muted="#333333",
    line="#444444",
    frames=("#ffffff",),
    frame_line="#999999",
    auxiliary="#000000",
    on_light="#000000",
    on_dark="#ffffff",
    categories=MappingProxyType(
        {
            "input": "#ffffff",
            "convolution": "#c0d0eb",
            "pooling": "#a99462",
            "merge": "#e4fdd0",
            "normalization": "#8e6d9e",
            "activation": "#8db58b",
            "regularization": "#925264",
            "dense": "#464972",
            "reshape": "#8c8086",
            COMPOSITE: "#d8e4e7",
        }
    ),
    blocks=("#a7c2c1", "#b995c9", "#d9a9b5", "#92724a", "#8e8e46", "#5d9f9b", "#ca85b3", "#8d634a"),
    nothing="#ffffff",
    scale=("#fcfcfc", "#eaeaea", "#d8d8d8", "#c6c6c6", "#b5b5b5",
           "#a3a3a3", "#939393", "#828282", "#727272"),
    added=("#d0d0d0", "#000000"),
    removed=("#8c8c8c", "#000000"),
    changed=("#b3b3b3", "#000000"),
    training=("#e8e8e8", "#444444"),
    kept=("#ffffff", "#777777"),
)  # fmt: skip

THEMES: Mapping[ThemeName, Theme] = MappingProxyType({"light": LIGHT, "dark": DARK, "print": PRINT})


def text_on(fill: str, theme: Theme) -> str:
    """The color in which text is read best on a fill."""
    return max((theme.on_light, theme.on_dark), key=lambda ink: contrast(ink, fill))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, from 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """The relative luminance of an sRGB color ``#rrggbb`` (WCAG 2.1)."""
    red, green, blue = (_linear(part) for part in channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(color: str) -> tuple[float, float, float]:
    """Red, green and blue of ``#rrggbb``, each from 0 to 1."""
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def along_scale(scale: tuple[str, ...], share: float) -> str:
    """The color at a share of the way along a scale, from 0 to 1."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    step = min(int(place), len(scale) - 2)
    mixed = (
        round(255 * (low + (high - low) * (place - step)))
        for low, high in zip(channels(scale[step]), channels(scale[step + 1]), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)
