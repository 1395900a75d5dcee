"""A network as plain data that another process reads it from again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import Settings, Width


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
