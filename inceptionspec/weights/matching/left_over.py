"""What a file holds beyond the weights that are read, by kind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from inceptionspec.weights.matching.held_names import AVERAGE

UNKNOWN = "unknown"
OPTIMIZER = "of the optimizer"
AVERAGES = "of moving averages"
LEFT_OUT = "of layers that the model leaves out"
#: What optimizers keep for a variable, and what Adam keeps for all: in TF-Slim and in Keras.
_SLOT = re.compile(
    r"/(RMSProp|RMSProp_1|Momentum|Adam|Adam_1)$|^beta[12]_power$|(^|/)optimizer(_weights)?/"
)
_COUNTERS = ("global_step", "num_batches_tracked", "iterations", "_seed_generator_state", "seed")
#: Parts that are named one by one; more are unknown.
_MOST_PARTS = 4


def left_over(
    names: Iterable[str], used: Collection[str], fronts: Sequence[str], others: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Names of a file that a match does not read, by kind, in the order in which they are told.

    Args:
        names: those that are not read.
        used: those that are, or that the network would read if all of it were asked.
        fronts: what stands before the network's names.
        others: names of layers that the network has and the model leaves out.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    parts = {_part(name, fronts) for name in (*used, *others)}
    unplaced = []
    for name in sorted(names, key=_rank):
        kind = _kind(name, others)
        if kind is None:
            unplaced.append(name)
        else:
            kinds[kind].append(name)
    foreign = {part for name in unplaced if (part := _part(name, fronts)) and part not in parts}
    for name in unplaced:
        part = _part(name, fronts)
        known = part in foreign and len(foreign) <= _MOST_PARTS
        kinds[f"of `{part}`, which is not built" if known else UNKNOWN].append(name)
    if UNKNOWN in kinds:
        kinds[UNKNOWN] = kinds.pop(UNKNOWN)
    return {kind: tuple(found) for kind, found in kinds.items()}


def is_state(name: str) -> bool:
    """Whether an array is of an optimizer, an average or a counter, by its name."""
    return bool(_SLOT.search(name) or name.endswith(AVERAGE) or _counter(name))


def is_of(name: str, pattern: str) -> bool:
    """Whether a name of a file belongs to a part: the elements of the path follow each other."""
    elements = re.split(r"[/.]", name)
    wanted = [_element(text) for text in pattern.strip("/").split("/")]
    return any(
        all(one.fullmatch(text) for one, text in zip(wanted, elements[start:], strict=False))
        for start in range(len(elements) - len(wanted) + 1)
    )


def _element(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


def _rank(name: str) -> tuple[bool, bool, bool, str]:
    """Optimizer slots first, then averages, then counters, then the rest."""
    return (not _SLOT.search(name), not name.endswith(AVERAGE), not _counter(name), name)


def _counter(name: str) -> str:
    last = re.split(r"[/.]", name)[-1]
    return last if last in _COUNTERS else ""


def _kind(name: str, others: Collection[str]) -> str | None:
    if _SLOT.search(name):
        return OPTIMIZER
    if name.endswith(AVERAGE):
        return AVERAGES
    counter = _counter(name)
    if counter:
        return f"`{counter}`"
    return LEFT_OUT if name in others else None


def _part(name: str, fronts: Sequence[str]) -> str:
    """The first element of a name after what stands before all."""
    for front in sorted(fronts, key=len, reverse=True):
        if front and name.startswith(front):
            name = name[len(front) :]
            break
    part, separator, _ = re.sub(r"\.", "/", name).partition("/")
    return part if separator else ""
