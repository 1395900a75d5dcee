"""The outputs of a network as heads: where each leaves the trunk, and what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inceptionspec.frontend.language.forms import PREDICTIONS
from inceptionspec.importers.recovery.layer import INPUT, Layer
from inceptionspec.importers.recovery.names import clean, free, scopes_of
from inceptionspec.importers.recovery.nest import Item, Reading, Row, nested, order, yields
from inceptionspec.importers.recovery.residual import oriented

MAIN = "Logits"
PREDICTIONS_NAME = "Predictions"
#: Layers that a head begins with: they make a vector of a map.
_COUNTS = frozenset(("units", "filters"))
_STARTS = frozenset(("global_avg_pool", "global_max_pool", "flatten", "squeeze"))


@dataclass(slots=True)
class Head:
    """A head: its name, the tensor that it reads, its layers, and the function on top.

    ``predicted`` is the layer that applies the function, if it is one of its own in the source.
    """

    name: str
    source: int
    row: Row
    predictions: str = ""
    predicted: Layer | None = None

    def reads(self, layers: Sequence[Layer]) -> set[int]:
        """The tensors that it reads from outside."""
        own = set(order(self.row))
        return {s for i in own for s in layers[i].inputs if s not in own} | {self.source}


@dataclass(slots=True)
class Divided:
    """A network as a trunk and its heads; other outputs are end points.

    Attributes:
        trunk: what is in no head.
        heads: in the order of the source.
        further: end points by name.
        needed: the layers that some head needs; all where there is no head.
    """

    trunk: Row
    heads: list[Head]
    further: dict[str, int]
    needed: set[int]


def divided(layers: Sequence[Layer], outputs: Sequence[int]) -> Divided:
    """Tell the trunk from the heads.

    Args:
        layers: all layers; predictions that are a part of one are taken out of it.
        outputs: indices of the layers that are put out, in the order of the source.
    """
    outputs = _deepest_first(layers, outputs)
    end, predictions, predicted = _logits(layers, outputs[0])
    claimed = set(_ancestors(layers, end))
    own_layers = sorted(claimed)
    heads: list[Head] = []
    further: dict[str, int] = {}
    taken = {MAIN, PREDICTIONS_NAME, "input", "total"}
    for output in outputs[1:]:  # one that reads another comes before it
        if output == end or layers[output] is predicted:
            continue
        logits, function, above = _logits(layers, output)
        if logits == end and not predictions:
            predictions, predicted = function, above
            continue
        inside = [index for index in _ancestors(layers, logits) if index not in claimed]
        if inside:
            claimed.update(inside)
            heads.append(_auxiliary(layers, inside, logits, taken))
            heads[-1].predictions, heads[-1].predicted = function, above
        else:
            name = clean(layers[logits].name) or f"output_{len(further) + 2}"
            further[_taken(name, taken)] = logits
    row = oriented(layers, nested(layers, own_layers, INPUT, end))
    read = {source for head in heads for source in head.reads(layers)} | set(further.values())
    trunk, own = _cut(layers, row, end, predictions, read)
    if not own and predicted is not None:
        end = next(index for index, layer in enumerate(layers) if layer is predicted)
        trunk = (*trunk, end)
    elif not own and predictions:
        layers[end].attributes["activation"] = predictions
    if own:
        heads.append(Head(MAIN, yields(trunk[-1]), own, predictions, predicted))
    elif heads:
        further[_taken(clean(layers[end].name) or "output", taken)] = end
    ends = {yields(head.row[-1]) for head in heads} or {end}
    needed = {index for one in ends for index in _ancestors(layers, one)}
    return Divided(trunk, _in_order(layers, heads), further, needed)


def _in_order(layers: Sequence[Layer], heads: Sequence[Head]) -> list[Head]:
    """Heads as the source has them, but each after those that it reads."""
    waiting = sorted(heads, key=lambda head: min(order(head.row)))
    found: list[Head] = []
    while waiting:
        later = {index for head in waiting for index in order(head.row)}
        ready = (head for head in waiting if head.reads(layers).isdisjoint(later))
        found.append(next(ready))
        waiting.remove(found[-1])
    return found


def _deepest_first(layers: Sequence[Layer], outputs: Sequence[int]) -> list[int]:
    """The outputs, those of the most layers first: a file sorts them by name, or as it likes."""
    if len(outputs) < 2:
        return list(outputs)
    return sorted(outputs, key=lambda index: -len(_ancestors(layers, index)))


def _auxiliary(
    layers: Sequence[Layer], inside: Sequence[int], logits: int, taken: set[str]
) -> Head:
    """The head of layers that only one more output needs."""
    own = set(inside)
    source = max(s for i in inside for s in layers[i].inputs if s not in own)
    row = oriented(layers, nested(layers, inside, source, logits))
    scopes = scopes_of([layers[index].name for index in order(row)])
    name = clean(scopes[0] if scopes else layers[logits].name) or "Auxiliary"
    return Head(_taken(name, taken), source, row)


def _logits(layers: Sequence[Layer], index: int) -> tuple[int, str, Layer | None]:
    """The logits below an output, the function on top, and the layer that applies it."""
    layer = layers[index]
    if len(layer.shape) != 1:
        return index, "", None
    function = "softmax" if layer.op == "softmax" else layer.attributes.get("function")
    if layer.op in ("softmax", "activation") and function in PREDICTIONS and layer.inputs[0] >= 0:
        return layer.inputs[0], str(function), layer
    function = layer.attributes.get("activation")
    if function in PREDICTIONS:
        layer.attributes["activation"] = None
        return index, str(function), None
    return index, "", None


def _cut(
    layers: Sequence[Layer], row: Row, end: int, predictions: str, read: set[int]
) -> tuple[Row, Row]:
    """The trunk and the main head, which starts where the map becomes a vector.

    Where classes are counted before that, it starts with the convolution that does so. What others
    read is a part of the trunk.
    """
    if len(layers[end].shape) != 1:
        return row, ()
    start = next((n for n, item in enumerate(row) if _makes_vector(layers, item)), 0)
    if start and not any(_counts(layers, item) for item in row[start:]):
        start = _classifier(layers, row, start)
    shared = [n + 1 for n, item in enumerate(row) if not read.isdisjoint(order((item,)))]
    start = max(start, *shared) if start and shared else start
    by_name = any(isinstance(item, Reading) for item in row[start:])
    alone = start == len(row) - 1 and not predictions and not read
    if not start or by_name or alone or start >= len(row):
        return row, ()
    return row[:start], row[start:]


def _makes_vector(layers: Sequence[Layer], item: Item) -> bool:
    if not isinstance(item, int):
        return False
    layer = layers[item]
    return layer.op in _STARTS or layer.shape[:2] == (1, 1) or len(layer.shape) == 1


def _counts(layers: Sequence[Layer], item: Item) -> bool:
    return isinstance(item, int) and not _COUNTS.isdisjoint(layers[item].attributes)


def _classifier(layers: Sequence[Layer], row: Row, start: int) -> int:
    """Where the last convolution before a place stands, or the dropout before it."""
    for number in reversed(range(1, start)):
        item = row[number]
        if not isinstance(item, int):
            return start
        if _counts(layers, item):
            before = row[number - 1]
            drops = isinstance(before, int) and layers[before].op == "dropout"
            return number - 1 if drops and number > 1 else number
    return start


def _ancestors(layers: Sequence[Layer], end: int) -> list[int]:
    """A layer and all that it depends on, in order, without the input."""
    seen: set[int] = set()
    waiting = [end]
    while waiting:
        index = waiting.pop()
        if index != INPUT and index not in seen:
            seen.add(index)
            waiting.extend(layers[index].inputs)
    return sorted(seen)


def _taken(name: str, taken: set[str]) -> str:
    """A name that was not taken, which it then is."""
    found = free(name, taken)
    taken.add(found)
    return found
