"""What tests of predictions share: steps, and networks that need no framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.prediction.model import Model, Network
from inceptionspec.prediction.results import Member


def steps(**changes: Any) -> Preprocessing:
    """A preprocessing that changes nothing but what is told."""
    usual = {
        "resize": "bilinear", "crop": 1.0, "channel_order": "RGB", "scale": 1.0,
        "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "source": "", "aspect": "stretch",
    }  # fmt: skip
    return Preprocessing(**{**usual, **changes})


class FakeNetwork(Network):
    """A network whose outputs are a function of its inputs; it keeps the batches that it saw."""

    def __init__(
        self,
        compute: Callable[[Any], Any],
        classes: int,
        *,
        size: tuple[int | None, int | None] = (8, 8),
        seen_as: Preprocessing | None = None,
        function: str = "none",
        labels: tuple[str, ...] | None = None,
        batch: int | None = None,
        inside: bool = False,
        smallest: tuple[int, int] = (1, 1),
    ) -> None:
        self.name = "Fake"
        self.size = size
        self.classes = classes
        self.labels = labels
        self.batch = batch
        self.batches: list[Any] = []
        self._compute = compute
        self._steps = seen_as or steps()
        self._function = function
        self._inside = inside
        self.smallest = smallest

    def model(self, batch: int) -> Model:
        def run(images: Any) -> Any:
            assert len(images) == batch
            self.batches.append(images.copy())
            return self._compute(images)

        member = Member(self.name, "0" * 64, "", "none")
        return Model(
            member, self._steps, self.size, self._function, self._inside, batch, run, self.smallest
        )
