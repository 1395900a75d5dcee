"""What a worker is asked to make ready, as plain data that JSON can carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import Settings, Width

Side = Literal["spec", "keras"]


@dataclass(frozen=True, slots=True)
class Job:
    """One side of a benchmark.

    Attributes:
        side: whose code runs: ours, by any engine, or a model of ``keras.applications``.
        network: ``serialize_spec`` of the network; for ``keras`` that of the network that it
            is compared with, which gives the size and range of the input.
        mode: a name of ``MODES``.
        head: as ``target`` takes it.
        batch: images in a step.
        engine: a name of ``ENGINES``.
        threads: within an operator, and of operators in parallel; None for the library's
            choice.
        same_weights: whether the weights are ``data.random_weights``, so that both sides
            have the same; otherwise they are the spec's initial ones.
        weights: a file to read the weights from instead.
        weight_options: how it is read: the fields of ``WeightOptions``, by name.
        lowering: what it computes in and how that is made: the fields of ``Lowering``, by name.
        quantized: a file of the network in integers, for int8; made from the pictures without it.
        application: the name in ``keras.applications``; empty for other sides.
        passes: as ``BenchRequest.passes``.
    """

    side: Side
    network: Mapping[str, Any]
    mode: str
    head: str | None
    batch: int
    engine: str
    threads: int | None = None
    same_weights: bool = False
    weights: str | None = None
    weight_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    lowering: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    quantized: str | None = None
    application: str = ""
    passes: Sequence[str] | None = None

    def data(self) -> dict[str, Any]:
        """The job as plain data for JSON."""
        return dataclasses.asdict(self)


def serialize_spec(loaded: LoadedSpec) -> dict[str, Any]:
    """The text of a network, where it was read, and its settings, as plain data for JSON."""
    settings, source, width = loaded.settings, loaded.source, loaded.settings.width
    return {
        "name": source.name,
        "path": None if source.path is None else str(source.path.absolute()),
        "text": source.text,
        "args": {name: value for name, (value, _) in settings.args.items()},
        "size": None if settings.size is None else settings.size[0],
        "width": width and [width.given, width.minimum, width.round_to],
        "heads": list(settings.heads),
        "limits": dataclasses.asdict(loaded.limits),
    }


def deserialize_spec(data: Mapping[str, Any]) -> LoadedSpec:
    """Read a network again: text, settings, graph.

    Raises:
        SpecError: a base that it extends has changed.
    """
    path = None if data["path"] is None else Path(data["path"])
    source = Source(data["name"], data["text"], path)
    args = {
        name: (value, external(f"--set {name}={value}")) for name, value in data["args"].items()
    }
    size = data["size"]
    settings = Settings(
        args=args,
        size=None if size is None else (size, external(f"--input {size}")),
        width=None if data["width"] is None else _width(*data["width"]),
        heads=tuple(data["heads"]),
    )
    return load_spec(source, settings, Limits(**data["limits"]))


def _width(given: float | None, minimum: int | None, round_to: int) -> Width:
    width = Width(given, minimum, round_to)
    return dataclasses.replace(width, place=external(width.option))
