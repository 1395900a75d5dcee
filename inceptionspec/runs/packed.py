"""A network as plain data that another process reads it from again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inceptionspec.limits import Limits
from inceptionspec.network import Knobs, Network, load_source
from inceptionspec.resolve import Width
from inceptionspec.source import Source


def packed(network: Network) -> dict[str, Any]:
    """The text of a network, where it was read, and its knobs, as JSON takes them."""
    knobs, source = network.knobs, network.source
    return {
        "name": source.name,
        "path": None if source.path is None else str(source.path.absolute()),
        "text": source.text,
        "args": {name: value for name, (value, _) in knobs.args.items()},
        "size": None if knobs.size is None else knobs.size[0],
        "width": None if knobs.width is None else dataclasses.asdict(knobs.width),
        "heads": list(knobs.heads),
        "limits": dataclasses.asdict(network.limits),
    }


def unpacked(data: Mapping[str, Any]) -> Network:
    """Read the network anew: text, knobs, graph.

    Raises:
        SpecError: a base that it extends has changed.
    """
    path = None if data["path"] is None else Path(data["path"])
    source = Source(data["name"], data["text"], path)
    args = {
        name: (value, Source(f"--set {name}={value}").whole())
        for name, value in data["args"].items()
    }
    size = data["size"]
    knobs = Knobs(
        args=args,
        size=None if size is None else (size, Source(f"--input {size}").whole()),
        width=None if data["width"] is None else Width(**data["width"]),
        heads=tuple(data["heads"]),
    )
    return load_source(source, knobs, Limits(**data["limits"]))
