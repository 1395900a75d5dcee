"""What a network takes, and is predicted to take, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inceptionspec.diagnostics.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class NetworkTimes:
    """What one step of a network takes on this machine, in seconds, layer by layer.

    Attributes:
        name: of the network.
        engine: what runs it.
        threads: as ``BenchRequest`` has them; with 1, times are those of the processor.
        batch: images in the step.
        layers: of each layer of the spec that is run, by path: what it takes alone.
        seconds: the predicted time of the step: the sum of its layers, as other networks that
            were measured as a whole correct it; without others, as this one does.
        spread: by which share those differ from the same prediction, at most; None where fewer
            than two were measured.
        networks: how many others were.
        measured: this network as a whole, where it was measured.
        kinds: how many distinct kinds of layers it has.

    >>> times = inceptionspec.load("squeezenet", width=0.25, input=64).layer_times()
    >>> times.engine, times.kinds > 10
    ('optimized', True)
    """

    name: str
    engine: str
    threads: int | None
    batch: int
    layers: Mapping[str, float]
    seconds: float
    spread: float | None
    networks: int
    measured: float | None
    kinds: int

    @property
    def sum(self) -> float:
        """The sum of all layers, each alone.

        >>> times = inceptionspec.load("squeezenet", width=0.25, input=64).layer_times()
        >>> times.sum >= max(times.layers.values())
        True
        """
        return sum(self.layers.values())

    def __repr__(self) -> str:
        return f"<NetworkTimes {sanitize(self.name)}: {self.seconds:.3g} s>"
