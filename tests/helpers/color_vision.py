"""How colors are seen: CIE L*a*b*, the distance CIEDE2000, and without one kind of cones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.drawing.diagram.theme import channels

#: Linear RGB as it is seen without one kind of cones: Machado, Oliveira and Fernandes, "A
#: Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
BLINDNESS: Mapping[str, tuple[tuple[float, float, float], ...]] = MappingProxyType(
    {
        "protanopia": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "deuteranopia": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "tritanopia": (
            (1.255528, -0.076749, -0.178779),
            (-0.078411, 0.930809, 0.147602),
            (0.004733, 0.691367, 0.303900),
        ),
    }
)
VISIONS = ("", *BLINDNESS)
"""With all cones, and without each kind."""
Lab = tuple[float, float, float]


def lab(color: str, blindness: str = "") -> Lab:
    """CIE L*a*b* of ``#rrggbb``, in which equal distances look about equal, as somebody sees it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in channels(color)]  # fmt: skip
    if blindness:
        linear = [
            min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True))))
            for row in BLINDNESS[blindness]
        ]
    r, g, b = linear
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
                  for t in (x, y, z))  # fmt: skip
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def ciede2000(one: Lab, other: Lab) -> float:
    """The distance of two colors (Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula:
    implementation notes", 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    gray = c1 * c2 == 0
    turn = 0.0 if gray else (h2 - h1 + 180) % 360 - 180
    hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    middle = h1 + h2 if gray else (h1 + turn / 2) % 360
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(middle - 30))
        + 0.24 * math.cos(math.radians(2 * middle))
        + 0.32 * math.cos(math.radians(3 * middle + 6))
        - 0.20 * math.cos(math.radians(4 * middle - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    around_blue = 60 * math.exp(-(((middle - 275) / 25) ** 2))
    rt = -math.sin(math.radians(around_blue)) * 2 * math.sqrt(c**7 / (c**7 + 25**7))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return math.sqrt(dl * dl + dc * dc + dh * dh + rt * dc * dh)


def seen_apart(one: str, other: str) -> float:
    """The least CIEDE2000 of two colors, for everybody."""
    return min(ciede2000(lab(one, vision), lab(other, vision)) for vision in VISIONS)


def lightness_apart(one: str, other: str) -> float:
    """The least difference in lightness of two colors, for everybody."""
    return min(abs(lab(one, vision)[0] - lab(other, vision)[0]) for vision in VISIONS)
