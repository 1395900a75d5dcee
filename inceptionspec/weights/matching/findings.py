"""What keeps a file from giving a network its weights, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic, finding
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.record import shape_text
from inceptionspec.weights.files.weight_file import WeightFile
from inceptionspec.weights.matching.plan import LayerPlan, Plan, Source, final_layers, weight_shape

_WHICH = "`specbuild weights FILE` tells which built-in specs it fits"
#: How many names a finding lists before it counts.
_LISTED = 5
#: What a layer lacks that does not take an array, and what the spec must say for it to have it.
_LACKS = {
    "gamma": ("norm", "`norm: batch_norm`"),
    "beta": ("norm", "`norm: batch_norm`"),
    "moving_mean": ("norm", "`norm: batch_norm`"),
    "moving_variance": ("norm", "`norm: batch_norm`"),
    "bias": ("bias", "`bias: true`"),
}


def listed_names(names: Sequence[str]) -> str:
    """Some names as a finding lists them; the rest is counted."""
    if len(names) <= _LISTED:
        return listed(names)
    shown = ", ".join(f"`{name}`" for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED:,} more"


def nothing_fits(loaded: LoadedSpec, file: WeightFile, place: Span) -> Diagnostic:
    """The finding that nothing of a file is of a network."""
    names = list(file.tensors)
    notes = (f"its arrays are {listed_names(names)}",) if names else ("it holds no array",)
    return finding(
        "E0701",
        f"the file holds no weight of `{loaded.name}` under any known name, and the order of its "
        "arrays is not the network's",
        place,
        _WHICH,
        notes=notes,
    )


def findings_of(plan: Plan, loaded: LoadedSpec, place: Span) -> list[Diagnostic]:
    """Everything that is wrong with a match, each with what to do."""
    layers = list(plan.layers.values())
    return [
        *_missing(plan, place),
        *_other_classes(plan, loaded, place),
        *_misshaped(layers, place),
        *_refused(layers, place),
    ]


def _missing(plan: Plan, place: Span) -> list[Diagnostic]:
    """One finding for all weights that the file lacks."""
    missing = plan.missing
    if not missing:
        return []
    names = [f"{node.path}/{weight}" for node, weight in missing]
    message = (
        f"the file lacks the weight `{names[0]}`"
        if len(names) == 1
        else f"the file lacks {len(names):,} weights: {listed_names(names)}"
    )
    expected = plan.layers[missing[0][0].index].expected.get(missing[0][1])
    notes = (f"by the names of `{plan.rule}` the first is `{expected}`",) if expected else ()
    return [finding("E0701", message, place, *_help_missing(plan), notes=notes)]


def no_averages(place: Span) -> Diagnostic:
    """The finding that a file has no moving averages, which were asked for."""
    message = "the file holds no moving averages"
    return finding("E0701", message, place, "read it without `--weights-average`")


def _help_missing(plan: Plan) -> tuple[str, ...]:
    """What to do about missing weights: as a rule they are all of some heads."""
    missing = plan.missing
    parts = list(dict.fromkeys(node.head or node.path.partition("/")[0] for node, _ in missing))
    whole = [part for part in parts if _is_whole(plan, part)]
    if not plan.found or len(parts) > _LISTED:
        return (_WHICH,)
    heads = {head.name for head in plan.graph.heads}
    if parts == whole and set(parts) <= heads:
        option = "--fresh" if plan.graph.main in parts else "--without"
        without = " ".join(f"{option} {part}" for part in parts)
        kept = [head for head in heads if head not in parts]
        helps = [f"it holds nothing of {listed(parts)}: add `{without}` to start it fresh"]
        if kept:
            chosen = " ".join(f"--head {head}" for head in sorted(kept))
            helps.append(f"add `{chosen}` to leave it out of the network")
        return tuple(helps)
    fresh = " ".join(f"--fresh {part}" for part in parts)
    return (f"add `{fresh}` to start what it lacks fresh",)


def _is_whole(plan: Plan, part: str) -> bool:
    """Whether the file has no weight of a top-level part."""
    return not any(
        layer.sources
        for layer in plan.layers.values()
        if (layer.node.head or layer.node.path.partition("/")[0]) == part
    )


def _other_classes(plan: Plan, loaded: LoadedSpec, place: Span) -> list[Diagnostic]:
    """One finding for all heads that are for another number of classes."""
    heads: dict[str, Source] = {}
    wanted = 0
    for index, head in final_layers(plan.graph).items():
        layer = plan.layers.get(index)
        for weight, source in layer.sources.items() if layer is not None else ():
            if source.classes is not None and layer is not None:
                heads.setdefault(head.name, source)
                wanted = weight_shape(layer.node, weight)[-1]
    if not heads:
        return []
    source = next(iter(heads.values()))
    counts = {source.classes for source in heads.values()}
    helps = []
    if counts == {wanted + 1}:
        helps.append("add `--drop-background` if the first class is the background")
    if len(counts) == 1 and source.classes and "classes" in loaded.spec.args:
        helps.append(f"add `--set classes={source.classes}` for all of its classes")
    fresh = " ".join(f"--fresh {name}" for name in heads)
    helps.append(f"add `{fresh}` to start {listed(list(heads))} fresh")
    message = (
        f"`{source.name}` is {shape_text(source.stored.shape)} in the file, for "
        f"{source.classes:,} classes; the network has {wanted:,}"
    )
    return [finding("E0702", message, place, *helps)]


def _misshaped(layers: Iterable[LayerPlan], place: Span) -> list[Diagnostic]:
    """A finding for each array that is not what the network needs; many are one."""
    wrong = [
        (layer, weight, source)
        for layer in layers
        for weight, source in layer.sources.items()
        if weight not in layer.refused
        and not (_is_taken(weight, source) and (source.arranged or source.classes is not None))
    ]
    if len(wrong) <= _LISTED:
        return [finding("E0702", _misfit(*one), place) for one in wrong]
    message = f"{_misfit(*wrong[0])}, and {len(wrong) - 1:,} more do not fit"
    return [finding("E0702", message, place, _WHICH)]


def _is_taken(weight: str, source: Source) -> bool:
    """Whether the numbers of a file are of a type that a weight takes: a count may be whole."""
    return source.stored.is_floating or weight == "count"


def _misfit(layer: LayerPlan, weight: str, source: Source) -> str:
    if not _is_taken(weight, source):
        return (
            f"`{source.name}` holds {source.stored.type} in the file, "
            "the network needs floating-point numbers"
        )
    stored = shape_text(source.stored.shape) or "a scalar"
    wanted = shape_text(weight_shape(layer.node, weight))
    return f"`{source.name}` is {stored} in the file, `{layer.node.path}/{weight}` needs {wanted}"


def _refused(layers: Iterable[LayerPlan], place: Span) -> list[Diagnostic]:
    """A finding for each kind of arrays that layers cannot take."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for layer in layers:
        for weight in layer.refused:
            kinds.setdefault(_LACKS[weight], []).append(layer.sources[weight].name)
    findings = []
    for (what, remedy), names in kinds.items():
        message = (
            f"the file holds `{names[0]}`, but the layer has no {what} here"
            if len(names) == 1
            else f"the file holds {len(names)} arrays of layers that have no {what} here: "
            f"{listed_names(names)}"
        )
        findings.append(finding("E0702", message, place, f"set {remedy}"))
    return findings


def nothing_dropped(plan: Plan, place: Span) -> Diagnostic | None:
    """The finding that no head of a file has a class more than the network."""
    sources = [source for layer in plan.layers.values() for source in layer.sources.values()]
    if any(source.background or source.classes is not None for source in sources):
        return None
    return finding(
        "E0702",
        "no head of the file has a class more than the network, so there is no background to drop",
        place,
        "leave out `--drop-background`",
    )


def not_finite(names: Sequence[str], place: Span) -> Diagnostic:
    """The warning that arrays hold NaN or infinities."""
    noun = "array holds" if len(names) == 1 else "arrays hold"
    return finding(
        "W0201",
        f"{len(names):,} {noun} numbers that are not finite: {listed_names(names)}",
        place,
        "the network puts out nothing of use with them: take an earlier checkpoint",
    )


def surplus(kinds: dict[str, Collection[str]], place: Span) -> Diagnostic:
    """The warning that counts by kind what is not read."""
    names = [name for found in kinds.values() for name in found]
    unknown = sorted(kinds.get("unknown", ()))
    counted = ", ".join(f"{len(found)} {kind}" for kind, found in kinds.items())
    noun = "array" if len(names) == 1 else "arrays"
    message = f"the file holds {len(names)} {noun} that the network does not read: {counted}"
    notes = (f"unknown: {listed_names(unknown)}",) if unknown else ()
    return finding("W0109", message, place, notes=notes)
