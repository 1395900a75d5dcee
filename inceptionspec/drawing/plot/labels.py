"""Numbers and names as the picture shows them."""

from __future__ import annotations

import textwrap

from inceptionspec.analysis.summary import CONVENTION, Summary
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.ops.record import shape_text

_LONGEST = 30
_FOOT_COLUMNS = 150
_SEPARATOR = f" {chr(0xB7)} "


def name(text: str) -> str:
    """A name, cut where it is very long; nothing in it acts."""
    return shortened(sanitize(text), _LONGEST)


def bar_name(text: str, head: str) -> str:
    """The name of a bar, and for a head whether it is the main one."""
    return f"{name(text)}, {head} head" if head else name(text)


def count(value: float) -> str:
    """A number as people say it: ``5.72 G``, ``374 M``, ``512``."""
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= 0.9995 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def unit(most: int) -> tuple[str, int]:
    """The unit for a number of bytes, and the bytes in it."""
    return ("MiB", 1 << 20) if most >= 1 << 17 else ("KiB", 1 << 10)


def title(report: Summary) -> str:
    """What is drawn."""
    return shortened(sanitize(report.name), 60)


def subtitle(report: Summary) -> str:
    """Input, totals, and which heads they hold."""
    total = report.total
    return _SEPARATOR.join(
        (
            f"input {shape_text(report.graph.nodes[0].shape)}",
            f"{total.params:,} parameters",
            f"{total.macs or 0:,} MACs",
            shortened(sanitize(report.counted), 60),
        )
    )


def peak(report: Summary, layer: int, live: int) -> str:
    """The most memory, and the layer that runs then."""
    path = shortened(sanitize(report.graph.nodes[layer].path), 60)
    name, each = unit(live)
    return f"peak {live / each:.2f} {name} ({live:,} bytes)\nat {path}"


def foot(report: Summary) -> list[str]:
    """What the figures count, and the digest of the network that they belong to."""
    memory = (
        "Live memory while a layer runs: layers in the spec's order, a tensor lives until its "
        "last reader, an output to the end, weights not counted."
    )
    lines = [*textwrap.wrap(CONVENTION, _FOOT_COLUMNS), *textwrap.wrap(memory, _FOOT_COLUMNS)]
    return [*lines, f"network {report.digests['network']}"]
