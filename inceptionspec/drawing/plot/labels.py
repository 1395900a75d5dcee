"""Numbers and names as the picture shows them."""

from __future__ import annotations

import textwrap

from inceptionspec.analysis.summary import CONVENTION, Summary
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.drawing.diagram.figures import bytes_text, count_text, round_text
from inceptionspec.drawing.diagram.labels import SEPARATOR, shown_shape

_LONGEST = 30
_FOOT_COLUMNS = 150
_SEPARATOR = f" {SEPARATOR} "


def name(text: str) -> str:
    """A name, cut where it is very long; nothing in it acts."""
    return shortened(sanitize(text), _LONGEST)


def bar_name(text: str, head: str) -> str:
    """The name of a bar, and for a head whether it is the main one."""
    return f"{name(text)}, {head} head" if head else name(text)


def tick(value: float) -> str:
    """A round number at an axis: ``1.5G``, ``500M``."""
    return round_text(count_text(value))


def unit(most: int) -> tuple[str, int]:
    """The unit for a number of bytes, and the bytes in it."""
    return ("MiB", 1 << 20) if most >= 0.9995 * (1 << 20) else ("KiB", 1 << 10)


def title(report: Summary) -> str:
    """What is drawn."""
    return shortened(sanitize(report.name), 60)


def subtitle(report: Summary) -> str:
    """Input, totals, and which heads they hold."""
    total = report.total
    return _SEPARATOR.join(
        (
            f"input {shown_shape(report.graph.nodes[0].shape)}",
            f"{total.params:,} parameters",
            f"{total.macs or 0:,} MACs",
            shortened(sanitize(report.counted), 60),
        )
    )


def peak(report: Summary, layer: int, live: int) -> str:
    """The most memory, and the layer that runs then."""
    path = shortened(sanitize(report.graph.nodes[layer].path), 60)
    return f"peak {bytes_text(live)} ({live:,} bytes)\nat {path}"


def foot(report: Summary) -> list[str]:
    """What the figures count, and the digest of the network that they belong to."""
    memory = (
        "Live memory while a layer runs: layers in the spec's order, a tensor lives until its "
        "last reader, an output to the end, weights not counted."
    )
    lines = [*textwrap.wrap(CONVENTION, _FOOT_COLUMNS), *textwrap.wrap(memory, _FOOT_COLUMNS)]
    return [*lines, f"network {report.digests['network']}"]
