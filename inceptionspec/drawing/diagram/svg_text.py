"""SVG text of an engine, as it is shown: its fonts, and what a reader sees who points at it."""

from __future__ import annotations

import re

FAMILIES = "Helvetica,Arial,Liberation Sans,Arimo,Nimbus Sans,DejaVu Sans,sans-serif"
"""Fonts that are as wide as the first, and those that are shown in their place."""

_ENGINES_FONT = re.compile(r' font-family="Helvetica,sans-Serif"')
_NO_PATH = re.compile(r"<title>(?:network|(?:title|legend) \d+)</title>\n?")
_FRAME = re.compile(r"<title>cluster (?:group (\w+) \d+|piece ([\w/]+) \d+|([^<]*))</title>")


def tidy(svg: str) -> str:
    """The same picture; a title names what is drawn and nothing else, fonts are named once."""
    svg = _ENGINES_FONT.sub("", svg)
    svg = svg.replace('class="graph" ', f'class="graph" font-family="{FAMILIES}" ', 1)
    svg = _NO_PATH.sub("", svg)
    return _FRAME.sub(lambda found: f"<title>{next(filter(None, found.groups()))}</title>", svg)
