"""What a file of weights holds, and which built-in specs it fits. No value is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, prod
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.settings import Settings, Width
from inceptionspec.weights.files import WeightFile
from inceptionspec.weights.matching.choose import best_plan
from inceptionspec.weights.matching.held_names import AVERAGE
from inceptionspec.weights.matching.left_over import left_over
from inceptionspec.weights.matching.plan import Plan, Request, final_layers, weight_shape

#: A network that gets a smaller share of its weights is not told, unless nearly all names are its.
_LEAST_SHARE, _LEAST_NAMES = 0.3, 0.9
#: The share that a network needs to be told next to one that gets all.
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        format: what kind of file it is.
        arrays: how many.
        params: numbers in all arrays.
        types: arrays by type.
        groups: arrays by the first element of their names, the largest first.
        averages: how many arrays are moving averages.
    """

    format: str
    arrays: int
    params: int
    types: Mapping[str, int]
    groups: Mapping[str, int]
    averages: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How a file fits a network.

    Attributes:
        spec: the built-in name.
        scheme: whose names the file has.
        found: how many weights of the network the file gives.
        needed: how many it has.
        words: how it fits: ``exactly``, ``all but the head Logits``, ``with 1001 classes``.
        options: of commands, that make it fit.
        left_over: arrays that the network does not read.
        fits: whether nothing else is missing.
        is_own: whether the scheme is made for the spec.
        caveats: what differs between the source's network and the spec's.
    """

    spec: str
    scheme: str
    found: int
    needed: int
    words: tuple[str, ...]
    options: tuple[str, ...]
    left_over: int
    fits: bool
    is_own: bool = False
    caveats: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[Any, ...]:
        """What orders fits, the best first."""
        share = self.found / self.needed if self.needed else 0.0
        return (
            not self.fits,
            len(self.options),
            not self.is_own,
            -share,
            self.left_over,
            len(self.words),
            self.spec,
        )


def content(file: WeightFile) -> Content:
    """What a file holds."""
    tensors = file.tensors
    groups = Counter(name.replace(".", "/").partition("/")[0] for name in tensors)
    return Content(
        format=file.format,
        arrays=len(tensors),
        params=sum(prod(tensor.shape) for tensor in tensors.values()),
        types=dict(Counter(tensor.type for tensor in tensors.values()).most_common()),
        groups=dict(groups.most_common()),
        averages=sum(name.endswith(AVERAGE) for name in tensors),
    )


def fits(file: WeightFile, place: Span) -> list[Fit]:
    """The built-in specs that a file fits, the best first."""
    found = []
    for name in builtin_names():
        fit = fit_of(name, load_spec(open_spec(name)), file, place)
        if fit is not None:
            found.append(fit)
    if any(fit.fits for fit in found):
        found = [fit for fit in found if fit.fits or fit.found >= _NEAR * fit.needed]
    return sorted(found, key=lambda fit: fit.rank)


def fit_of(
    name: str, loaded: LoadedSpec, file: WeightFile, place: Span, width: float = 1
) -> Fit | None:
    """How a file fits one network, at another width if need be; None where little of it is there.

    Args:
        name: the built-in name of the spec.
        loaded: the network.
        file: the file.
        place: what findings show.
        width: that of the network.
    """
    graph = loaded.graph
    average = not any(not key.endswith(AVERAGE) for key in file.tensors)
    request = Request(frozenset(range(len(graph.nodes))), average, drop_background=False)
    try:
        plan = best_plan(graph, file, request, place)
    except SpecError:  # in several ways
        return None
    needed = sum(len(node.weights) for node in graph.nodes)
    if plan is None or (
        plan.fitting_weights < _LEAST_SHARE * needed and plan.found < _LEAST_NAMES * needed
    ):
        return None
    words, options, whole = _described(plan)
    if width != 1:
        words = [f"with a width of {width:g}", *(word for word in words if word != "exactly")]
        options.append(f"--width {width:g}")
    elif not whole and plan.found >= _LEAST_NAMES * needed:
        for other in _widths(plan):
            narrow = load_spec(loaded.source, Settings(width=Width(other)))
            fit = fit_of(name, narrow, file, place, other)
            if fit is not None and fit.fits:
                return fit
    kinds = left_over(
        [key for key in file.tensors if key not in plan.consumed], plan.consumed, plan.fronts, ()
    )
    rest = sum(len(names) for kind, names in kinds.items() if not kind.startswith("`"))
    if rest:
        words.append(f"{rest} left over")
    return Fit(
        name,
        plan.rule,
        plan.fitting_weights,
        needed,
        tuple(words),
        tuple(options),
        rest,
        whole,
        plan.scheme is not None and name in plan.scheme.networks,
        () if plan.scheme is None else plan.scheme.notes,
    )


def _widths(plan: Plan) -> list[float]:
    """Width factors that the widest layer of another width may have, the roundest first."""
    sizes = [
        (weight_shape(layer.node, weight)[0], source.stored.shape[0])
        for layer in plan.layers.values()
        for weight, source in layer.misshaped
        if len(source.stored.shape) == 1
    ]
    own, stored = max(sizes, default=(1, 1))
    if not 0 < stored < own:
        return []
    # Filters are rounded down, so that the factor is between two.
    least, most = stored / own, (stored + 1) / own
    rounded = (ceil(least * 10**digits) / 10**digits for digits in (1, 2, 3, 4))
    return list(dict.fromkeys(one for one in rounded if one < most))


def _described(plan: Plan) -> tuple[list[str], list[str], bool]:
    """How a plan fits, the options that it needs, and whether they are enough."""
    words: list[str] = []
    options: list[str] = []
    heads = {head.name for head in plan.graph.heads}
    finals = final_layers(plan.graph)
    lacking: dict[str, None] = {}
    whole = True
    for index, layer in plan.layers.items():
        head = layer.node.head
        if layer.missing:
            lacking.setdefault(head or layer.node.path.partition("/")[0])
            whole = whole and head in heads
        if layer.misshaped or layer.refused:
            whole = False
        counts = {source.classes for source in layer.sources.values()} - {None}
        if not counts:
            continue
        classes = counts.pop()
        own = weight_shape(layer.node, "bias")[-1]
        if f"with {classes} classes" not in words:
            words.append(f"with {classes} classes")
            background = classes == own + 1
            options.append("--drop-background" if background else f"--set classes={classes}")
        assert index in finals
    missing = sum(len(layer.missing) for layer in plan.layers.values())
    if lacking and whole:
        noun = "head" if len(lacking) == 1 else "heads"
        words.insert(0, f"all but the {noun} {' and '.join(lacking)}")
        options += [
            f"--fresh {name}" if name == plan.graph.main else f"--without {name}"
            for name in lacking
        ]
    elif not whole:
        unfit = sum(len(layer.misshaped) + len(layer.refused) for layer in plan.layers.values())
        words += [f"{missing:,} missing"] if missing else []
        words += [f"{unfit:,} of other shapes"] if unfit else []
    elif not options:
        words.insert(0, "exactly")
    words += _conversions(plan)
    return words, options, whole


def _conversions(plan: Plan) -> list[str]:
    """What loading would convert beyond layouts."""
    layers = plan.layers.values()
    has = {
        "with folded norms": any(layer.folded_norm for layer in layers),
        "gammas to fold": any(
            "gamma" in layer.sources and not any(w.name == "gamma" for w in layer.node.weights)
            for layer in layers
        ),
    }
    words = [text for text, holds in has.items() if holds]
    added = dict.fromkeys(weight for layer in layers for weight in layer.added)
    return words + [f"without {weight}s" for weight in added]
