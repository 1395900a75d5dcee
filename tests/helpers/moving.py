"""Moves of small specs, and blocks that are cut out of networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support import loaded

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.writing.digest import network_digest
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.moves.draft import Step
from inceptionspec.moves.variant import Variant, rewrite


def moved(text: str, folder: Path, *steps: str) -> Variant:
    """The variant of a spec's text by moves, each written as `MOVE` or `MOVE@PATTERN`."""
    file = folder / "base.yaml"
    file.write_text(text)
    return by(loaded(str(file)), "base.yaml", folder / "variant.yaml", *steps)


def by(base: LoadedSpec, extends: str, file: Path | None, *steps: str) -> Variant:
    """The variant of a base by moves."""
    split = [Step(move, at) for move, _, at in (step.partition("@") for step in steps)]
    return rewrite(base, split, name="Variant", extends=extends, file=file)


def chained(base: LoadedSpec, folder: Path, *steps: str) -> LoadedSpec:
    """A base after some moves, each from the file of the one before."""
    extends = base.source.path.stem if base.source.path else ""
    if base.source.path and base.source.path.parent == folder:
        extends = base.source.path.name
    for number, step in enumerate(steps):
        file = folder / f"step_{number}.yaml"
        found = by(base, extends, file, step)
        file.write_text(found.text)
        base, extends = loaded(str(file)), file.name
    return base


def block_digest(network: LoadedSpec, path: str) -> str:
    """The network digest of a small spec that holds only a block of a network."""
    data: dict[str, Any] = network.expanded()
    (block,) = [item for item in data["network"] if item.get("name") == path]
    node = next(one for one in network.graph.blocks if one.path == path)
    height, width, channels = network.graph.nodes[node.input].shape
    alone = {
        "spec": 1,
        "name": "alone",
        "input": {"size": f"{height}x{width}", "channels": channels},
        "network": [block],
    }
    return network_digest(loaded(spec_text(alone)).graph)
