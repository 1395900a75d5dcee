"""The colors of a page: those of the diagrams' themes that are for screens."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from inceptionspec.drawing.diagram.theme import DARK, LIGHT, MIXED, Theme


def colors(kinds: Collection[str]) -> dict[str, dict[str, Any]]:
    """By theme: the fills of kinds and of folded blocks, of a scale, and inks on fills."""
    return {"light": _of(LIGHT, kinds), "dark": _of(DARK, kinds)}


def _of(theme: Theme, kinds: Collection[str]) -> dict[str, Any]:
    return {
        "kinds": {
            kind: fill for kind, fill in theme.categories.items() if kind in kinds or kind == MIXED
        },
        "blocks": list(theme.blocks),
        "scale": list(theme.scale),
        "nothing": theme.nothing,
        "inks": [theme.on_light, theme.on_dark],
    }
