"""The windows that the page is tested in: a phone, a tablet, a laptop and a large screen."""

from __future__ import annotations

from typing import Any

SCREENS = {390: 844, 1024: 768, 1440: 900, 1920: 1080}
"""Heights by width."""


def screen(width: int, scheme: str = "light") -> dict[str, Any]:
    """The settings of a browser of some width."""
    size = {"width": width, "height": SCREENS[width]}
    return {"viewport": size, "color_scheme": scheme, "has_touch": width == 390}
