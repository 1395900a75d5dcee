"""The names of a file, as a scheme looks them up: averages, and scopes in front."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.naming.layer_names import NamedLayer
from inceptionspec.weights.naming.scheme import NUMBER, ORDER

AVERAGE = "/ExponentialMovingAverage"
_SEPARATOR = re.compile(r"[/.]")
_COUNT = re.compile(r"_[0-9]{1,9}(?=/)")
#: A front has at most so many elements, so that a file of long names takes no longer.
_MOST_IN_FRONT = 16
_NOT_WEIGHTS = re.compile(r"(^|[/._])(optimizer|adam|momentum|rmsprop|ema)([/._0-9]|$)", re.I)


class HeldNames:
    """What a file holds, by the name without its front.

    Attributes:
        tensors: all arrays by their full names.
        average: whether moving averages are read instead of what they are averages of.
    """

    def __init__(self, tensors: Mapping[str, StoredTensor], *, average: bool) -> None:
        self.tensors = tensors
        self.average = average
        self.plain = {name.removesuffix(AVERAGE) if average else name: None for name in tensors}
        self._fronts_by_rest: dict[str, list[str]] | None = None

    def find(self, name: str, *, trainable: bool) -> str | None:
        """The full name under which a weight is read; None where the file lacks it."""
        if self.average and name + AVERAGE in self.tensors:
            return name + AVERAGE
        if (self.average and trainable) or name not in self.tensors:
            return None
        return name

    def wanted(self, name: str, *, trainable: bool) -> str:
        """The full name under which a weight would be read."""
        return name + AVERAGE if self.average and trainable else name

    def under(self, front: str) -> list[str]:
        """The names under a front, without it."""
        return [name[len(front) :] for name in self.plain if name.startswith(front)]

    def fronts(self, layers: Sequence[NamedLayer]) -> list[str]:
        """Fronts under which some of a scheme's names are, the most frequent first."""
        counts: Counter[str] = Counter()
        for layer in layers:  # as a rule the kernel of a layer is there
            for name in next(iter(layer.names.values()), ()):
                counts.update(self._fronts_of(name))
        if not counts:
            for layer in layers:
                for names in layer.names.values():
                    counts.update(front for name in names for front in self._fronts_of(name))
        ordered = sorted(counts, key=lambda front: (-counts[front], len(front), front))
        return [front for front in ordered if not _NOT_WEIGHTS.search(front)]

    def _fronts_of(self, name: str) -> Iterable[str]:
        """What stands before a name in the file, once each."""
        if self._fronts_by_rest is None:
            found: dict[str, dict[str, None]] = defaultdict(dict)
            for one in self.plain:
                ends = (match.end() for match in _SEPARATOR.finditer(one))
                for start in (0, *islice(ends, _MOST_IN_FRONT)):
                    found[one[start:]][one[:start]] = None
                    if "_" in one[start:]:
                        found[_COUNT.sub(NUMBER, one[start:], count=1)][one[:start]] = None
            self._fronts_by_rest = {rest: list(fronts) for rest, fronts in found.items()}
        names = {name, name.replace(NUMBER, "").replace(ORDER, "")}  # the first has no number
        fronts = (front for one in sorted(names) for front in self._fronts_by_rest.get(one, ()))
        return list(dict.fromkeys(fronts))
