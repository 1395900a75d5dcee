"""The colours of a page: kinds of layers, and a scale for figures, in both themes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from inceptionspec.backends.diagram.theme import LIGHT, MIXED

#: From nothing to the most, evenly spaced; lightness grows or falls all the way.
HEAT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light": ("#f7f3e8", "#f6d58e", "#ee9a4d", "#cf5246", "#7c1d4a"),
        "dark": ("#232c36", "#3d3f63", "#7d4a77", "#cf6a5c", "#f7c873"),
    }
)
#: The fills of the palette on a dark ground, and what is read on them.
DARK: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "input": ("#2a323b", "#e6ebf0"),
        "convolution": ("#1f4e79", "#e6f1fb"),
        "pooling": ("#8a4f12", "#fdf0e2"),
        "merge": ("#5e5520", "#fbf6d9"),
        "normalisation": ("#54397a", "#f0e8fa"),
        "activation": ("#1f6b3a", "#e4f7ea"),
        "regularisation": ("#7a2f45", "#fbe6ec"),
        "dense": ("#6fa3dd", "#0f1720"),
        "reshape": ("#4a5560", "#eef2f5"),
        MIXED: ("#2d5a50", "#e3f4ef"),
    }
)


#: Folded blocks, by their definitions in order.
BLOCKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light": ("#aeddff", "#efb894", "#bbf3c8", "#c1a8dc", "#ffbdbe", "#f9efb5"),
        "dark": ("#00658c", "#976847", "#245835", "#957cae", "#985558", "#5e5826"),
    }
)


def colours(kinds: Collection[str]) -> dict[str, dict[str, object]]:
    """By theme: the fills of kinds and of blocks, the stops of the scale, and inks on fills."""
    shown = [kind for kind in LIGHT.categories if kind in kinds or kind == MIXED]
    fills = {"light": {kind: LIGHT.categories[kind] for kind in shown},
             "dark": {kind: DARK[kind][0] for kind in shown}}  # fmt: skip
    return {
        theme: {
            "kinds": fills[theme],
            "blocks": list(BLOCKS[theme]),
            "scale": list(HEAT[theme]),
            "nothing": "none",
            "inks": ["#10151b", "#ffffff"],
        }
        for theme in ("light", "dark")
    }
