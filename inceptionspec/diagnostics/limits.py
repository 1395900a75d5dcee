"""The largest input that is read. A flag can raise a limit; a spec cannot."""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 64
"""The largest depth that a flag can allow, since nested parts are walked recursively."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest spec that is read and the largest network that is built.

    Each limit is tested before anything large is built.

    Attributes:
        text: bytes of a spec and its bases.
        events: of the YAML parser: a scalar is one, a list or mapping two.
        depth: of nesting, at most 64.
        scalar: characters of a key or value.
        layers: of the network.
        dimension: pixels or channels of a side.
        elements: of a tensor.
        parameters: of the network.
        extends: bases in a chain.
        findings: that a stage collects before it stops.

    >>> inceptionspec.load("inception_v3", limits=inceptionspec.Limits(layers=50_000))
    <Network InceptionV3: 133 layers>
    """

    text: int = 1 << 20
    events: int = 200_000
    depth: int = 32
    scalar: int = 4096
    layers: int = 10_000
    dimension: int = 65_536
    elements: int = 1 << 31
    parameters: int = 1 << 33
    extends: int = 8
    findings: int = 1_000

    def __post_init__(self) -> None:
        if self.depth > DEEPEST:
            raise ValueError(f"the depth can be at most {DEEPEST}, not {self.depth}")


DEFAULT_LIMITS = Limits()
