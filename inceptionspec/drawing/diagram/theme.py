"""The colors of diagrams, as records that are handed along: nothing else names a color.

Hues of the categories follow Okabe and Ito ("Color Universal Design", 2008), which the common
kinds of color blindness keep apart, and no two fills of a theme have the same lightness, so
that a grayscale print keeps them apart too. Steps of the scales are even in CIE L*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from inceptionspec.drawing.diagram.options import ThemeName

MIXED = "mixed"
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
        blocks: fills of blocks that are drawn as one box, by their definitions in order.
        nothing: the fill of a box that has no value.
        scale: the fills of a heat map, from none to most.
        added, removed, changed, kept: fills of a comparison, and their outlines.
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
            "convolution": "#b0d2f2",
            "pooling": "#f2a257",
            "merge": "#fdf3b4",
            "normalization": "#b596d4",
            "activation": "#86cf9c",
            "regularization": "#c4728a",
            "dense": "#2f66a8",
            "reshape": "#8d9aa6",
            MIXED: "#cfe8e0",
        }
    ),
    blocks=("#aeddff", "#efb894", "#bbf3c8", "#c1a8dc", "#ffbdbe", "#f9efb5"),
    nothing="#ffffff",
    scale=("#fbf3dc", "#f6d9a5", "#f5bc75", "#f49c51", "#f07a3b",
           "#e65735", "#d33638", "#b81a3d", "#950f3f"),
    added=("#a9d8b8", "#1c6b3a"),
    removed=("#e9a3a0", "#a1282c"),
    changed=("#f7e08b", "#8a6400"),
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
            "convolution": "#236a8d",
            "pooling": "#eb984b",
            "merge": "#a09755",
            "normalization": "#8969ae",
            "activation": "#63b179",
            "regularization": "#c4627c",
            "dense": "#015784",
            "reshape": "#5c6f83",
            MIXED: "#2e4f47",
        }
    ),
    blocks=("#00658c", "#976847", "#245835", "#957cae", "#985558", "#5e5826"),
    nothing="#12161b",
    scale=("#36316f", "#6f3185", "#aa2889", "#dc267c", "#fd4469",
           "#ff7a63", "#ffa26a", "#ffc67b", "#fde899"),
    added=("#2c6e46", "#6fd396"),
    removed=("#7d2f33", "#f08a86"),
    changed=("#a58a2e", "#f2d36b"),
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
            "convolution": "#b7e1ff",
            "pooling": "#f0ac71",
            "merge": "#fff5be",
            "normalization": "#c0a4dc",
            "activation": "#a3deb1",
            "regularization": "#dc8ea1",
            "dense": "#5ba0d9",
            "reshape": "#bbc7d0",
            MIXED: "#d0ede4",
        }
    ),
    blocks=("#b3ddfa", "#e2bca4", "#caeed2", "#bdabce", "#f5c1c1", "#f6eec8"),
    nothing="#ffffff",
    scale=("#fcfcfc", "#eaeaea", "#d8d8d8", "#c6c6c6", "#b5b5b5",
           "#a3a3a3", "#939393", "#828282", "#727272"),
    added=("#d9d9d9", "#000000"),
    removed=("#8c8c8c", "#000000"),
    changed=("#b3b3b3", "#000000"),
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
