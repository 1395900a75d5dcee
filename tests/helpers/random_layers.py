"""Layers of foreign models that read each other at random, so that few of them nest."""

from __future__ import annotations

import random
from typing import Any

from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork

_ALONE: dict[str, dict[str, Any]] = {
    "conv": {"kernel": "3x3", "filters": 8, "bias": False},
    "depthwise_conv": {"kernel": "3x3"},
    "activation": {"function": "relu"},
    "batch_norm": {},
    "max_pool": {"kernel": 3, "padding": "same"},
}
_MERGES = ("add", "multiply", "concat")


def random_layers(seed: int) -> ImportedNetwork:
    """A network of a motif that is repeated with faults, with outputs here and there."""
    draw = random.Random(seed)
    layers: list[ImportedLayer] = []

    def add(op: str, attributes: dict[str, Any], *reads: str) -> str:
        scope = draw.choice(["a/", "b/", "c_", ""])
        layers.append(ImportedLayer(f"{scope}{op}{len(layers)}", op, attributes, reads))
        return layers[-1].name

    def narrow(read: str) -> str:
        return add("conv", {"kernel": "1x1", "filters": 8}, read)

    maps = [narrow("")]
    motif = [draw.choice([*_ALONE, *_MERGES]) for _ in range(draw.randint(2, 5))]
    for number in range(draw.randint(3, 40)):
        op = motif[number % len(motif)]
        if draw.random() < 0.15:
            op = draw.choice([*_ALONE, *_MERGES])
        near = maps[-1] if draw.random() < 0.8 else draw.choice(maps[-6:])
        if op in _ALONE:
            maps.append(add(op, _ALONE[op], near))
            continue
        others = [draw.choice(maps[-9:]) for _ in range(draw.randint(1, 2))]
        made = add(op, {}, near, *others)
        maps.append(narrow(made) if op == "concat" else made)
    outputs = [draw.choice(maps[-3:]) for _ in range(draw.randint(0, 2))]
    for _ in range(draw.randint(0 if outputs else 1, 2)):
        pooled = add("global_avg_pool", {}, draw.choice(maps[-8:]))
        outputs.append(add("dense", {"units": draw.choice([4, 5])}, pooled))
        if draw.random() < 0.5:
            outputs[-1] = add("softmax", {}, outputs[-1])
    return ImportedNetwork("t", (16, 16), 3, tuple(layers), tuple(dict.fromkeys(outputs)), "")
