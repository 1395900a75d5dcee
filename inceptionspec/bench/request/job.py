"""What a worker is asked to make ready, as plain data that JSON can carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import Settings, Width

Side = Literal["spec", "keras", "onnxruntime"]


@dataclass(frozen=True, slots=True)
class Job:
    """One side of a benchmark.

    Attributes:
        side: whose code runs: ours of a spec, a model of ``keras.applications``, or ONNX
            Runtime with the network of a spec.
        network: ``packed.packed`` of the network; of ``keras`` the one it is held against,
            which gives the input's size and range.
        mode: a name of ``modes.MODES``.
        head: as ``target.target`` takes it.
        batch: images in a step.
        engine: a name of ``engines.ENGINES``.
        threads: of one operator, and operators side by side; None for the library's choice.
        same_weights: whether the weights are ``data.weights``, so that sides agree; else
            they are those that the spec starts from.
        weights: a TF-Slim checkpoint that the weights are read from instead.
        application: the name in ``keras.applications``; empty elsewhere.
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
    application: str = ""

    def data(self) -> dict[str, Any]:
        """The job as JSON takes it."""
        return dataclasses.asdict(self)


def packed(loaded: LoadedSpec) -> dict[str, Any]:
    """The text of a network, where it was read, and its settings, as JSON takes them."""
    settings, source = loaded.settings, loaded.source
    return {
        "name": source.name,
        "path": None if source.path is None else str(source.path.absolute()),
        "text": source.text,
        "args": {name: value for name, (value, _) in settings.args.items()},
        "size": None if settings.size is None else settings.size[0],
        "width": None if settings.width is None else dataclasses.asdict(settings.width),
        "heads": list(settings.heads),
        "limits": dataclasses.asdict(loaded.limits),
    }


def unpacked(data: Mapping[str, Any]) -> LoadedSpec:
    """Read the network anew: text, settings, graph.

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
        width=None if data["width"] is None else Width(**data["width"]),
        heads=tuple(data["heads"]),
    )
    return load_spec(source, settings, Limits(**data["limits"]))
