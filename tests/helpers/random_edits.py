"""Edits drawn at random in the texts of small random networks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping

from random_networks import _Drawn
from support import loaded

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.load import LoadedSpec

_Edit = Callable[[re.Match[str], random.Random], str]


def _flags(_: re.Match[str], draw: random.Random) -> str:
    scale, center = (draw.choice(("true", "false")) for _ in range(2))
    return f"norm: {{op: batch_norm, scale: {scale}, center: {center}}}, filters"


def _one_of(prefix: str, *values: str) -> _Edit:
    return lambda match, draw: prefix + draw.choice(values)


#: What is replaced, and by what.
EDITS: Mapping[str, tuple[str, _Edit]] = {
    "filters": (r"filters: \d+", lambda match, draw: f"filters: {draw.randint(1, 12)}"),
    "kernel": (r"kernel: \d+x\d+", _one_of("kernel: ", "1x1", "3x3", "5x5", "3x1", "5x3")),
    "a norm": (r"filters", _flags),
    "no norm": (r", norm: \{[^}]*\}", _one_of("", "")),
    "scale": (r"scale: (true|false)", _one_of("scale: ", "true", "false")),
    "center": (r"center: (true|false)", _one_of("center: ", "true", "false")),
    "epsilon": (r"epsilon: [\d.]+", _one_of("epsilon: ", "0.5", "0.0001", "2")),
    "bias": (r"bias: (true|false)", _one_of("bias: ", "true", "false")),
    "activation": (r"activation: \w+", _one_of("activation: ", "relu", "none", "softmax")),
    "padding": (r"padding: (same|valid)", _one_of("padding: ", "same", "valid")),
    "groups": (r"groups: 2", _one_of("groups: ", "1", "4")),
    "operator": (r"op: (separable_)?conv", _one_of("op: ", "separable_conv", "conv")),
    "no branch": (r"\[\[[^\[\]]*\], ", _one_of("[", "[")),
    "no layer": (r", \{op: \w+[^{}]*\}", _one_of("", "")),
    "a norm layer": (r"\n  - \{op", lambda match, draw: "\n  - {op: batch_norm}" + match[0]),
    "a layer": (
        r"\n  - ",
        lambda match, draw: f"\n  - {{op: {draw.choice(_NEW)}}}{match[0]}",
    ),
    "a branch": (
        r"branches: \[",
        lambda match, draw: match[0] + "[{op: conv, kernel: 1, filters: 3}], ",
    ),
}
_NEW = ("max_pool, kernel: 3", "dropout, rate: 0.5", "conv, kernel: 1, filters: 4")


def _edited(text: str, draw: random.Random) -> str:
    """A text after one edit; as it was where the edit finds nothing."""
    pattern, edit = EDITS[draw.choice(list(EDITS))]
    matches = list(re.finditer(pattern, text))
    if not matches:
        return text
    match = draw.choice(matches)
    return text[: match.start()] + edit(match, draw) + text[match.end() :]


def variants(seed: int, count: int) -> Iterator[tuple[LoadedSpec, LoadedSpec]]:
    """Networks with weights, each with what one or two edits make of it, where that fits."""
    draw = random.Random(seed)
    found = 0
    while found < count:
        text = _Drawn(random.Random(draw.getrandbits(32))).text()
        other = _edited(text, draw)
        other = _edited(other, draw) if draw.random() < 0.3 else other
        try:
            base, variant = loaded(text), loaded(other)
        except SpecError:
            continue
        if other != text and any(node.weights for node in base.graph.nodes):
            found += 1
            yield base, variant
