"""What in a recipe keeps to the form and can't be meant: settings that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.language import recipe_forms as language
from inceptionspec.frontend.language.form import KIND
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops.attribute_types import NONE
from inceptionspec.training.recipe import Duration
from inceptionspec.training.recipes.layering import phase_sections

#: What happens at the end of a length of training.
_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "every": "the rate first falls",
        "boundaries": "a boundary comes",
        "length": "the warm-up ends",
    }
)


def contradictions(root: Map) -> list[Diagnostic]:
    """The findings of a recipe that keeps to its form, in no order."""
    found = [*_phases(root), *_augmentation(root), *_initial_weights(root)]
    return list({(one.code, one.primary.span, one.message): one for one in found}.values())


def _phases(root: Map) -> Iterator[Diagnostic]:
    named = root.get("phases", ())
    seen: dict[str, Span] = {}
    for number, section in enumerate(phase_sections(root)):
        owner: Map = named[number] if named else root
        title = f"the phase `{owner['name']}`" if named else "the recipe"
        missing = [key for key in ("epochs", "optimizer", "schedule") if key not in section]
        for key in missing:
            doc = language.PHASE.fields[key].doc
            helps = [f"`{key}`: {doc}"]
            helps += ["give it there, or in the recipe for all phases"] if named else []
            yield finding(
                "E0204", f"{title} lacks the key `{key}`", owner.span, *helps,
                label=f"`{key}` is missing here",
            )  # fmt: skip
        if not missing:
            yield from _optimizer(section["optimizer"])
            yield from _schedule(section["schedule"], section)
        if named and owner["name"] in seen:
            yield finding(
                "E0301",
                f"two phases are called `{owner['name']}`",
                owner.value_spans["name"],
                "choose another name",
            )
        seen[owner.get("name", "")] = owner.span


def _optimizer(section: Map) -> Iterator[Diagnostic]:
    if section.get("nesterov") is True and not section.get("momentum"):
        yield finding(
            "E0210",
            "`nesterov` needs momentum, and the optimizer has none",
            section.key_spans["nesterov"],
            "give it a `momentum` such as 0.9, or leave `nesterov` out",
        )


def _schedule(section: Map, phase: Map) -> Iterator[Diagnostic]:
    lengths = [*_lengths(section, "every"), *_lengths(section, "boundaries")]
    warmup = section.get("warmup")
    if isinstance(warmup, Map):
        lengths += _lengths(warmup, "length")
    for length, span, what in lengths:
        if length.amount <= 0:
            yield finding("E0205", f"`{what}` must be longer than nothing", span)
        elif length.unit == language.EPOCHS and length.amount >= phase["epochs"]:
            end = Duration(phase["epochs"], language.EPOCHS)
            yield finding(
                "E0902",
                f"{_EVENTS[what]} after {length}, and the phase ends after {end}",
                span,
                "make it shorter, train for longer, or use another kind of schedule",
                label="never comes",
                labels=(Label(phase.value_spans["epochs"], "the end"),),
            )
    if section[KIND] == "piecewise":
        yield from _boundaries(section)


def _boundaries(section: Map) -> Iterator[Diagnostic]:
    boundaries, factors = section["boundaries"], section["factors"]
    if len(boundaries) != len(factors):
        yield finding(
            "E0210",
            f"the boundaries are {len(boundaries)} and the factors {len(factors)}",
            section.value_spans["factors"],
            "give one factor for each boundary",
        )
    lengths = _lengths(section, "boundaries")
    for (before, _, _), (after, span, _) in pairwise(lengths):
        if before.unit == after.unit and before.amount >= after.amount:
            yield finding(
                "E0210", f"{after} does not come after {before}", span, "write them in order"
            )


def _lengths(section: Map, key: str) -> list[tuple[Duration, Span, str]]:
    """The durations that a key holds, one or several, each with its place."""
    value = section.get(key)
    if value is None:
        return []
    spans = value.item_spans if isinstance(value, Seq) else [section.value_spans[key]]
    texts = value if isinstance(value, Seq) else [value]
    return [
        (Duration(*language.DURATION.parse(text)), span, key)
        for text, span in zip(texts, spans, strict=True)
    ]


def _augmentation(root: Map) -> Iterator[Diagnostic]:
    section = root.get("augmentation")
    if not isinstance(section, Map):
        return
    crop = section.get("crop")
    for key, kind in (("area", language.AREA), ("aspect", language.ASPECT)):
        if isinstance(crop, Map) and key in crop:
            least, most = kind.parse(crop[key])
            if least > most:
                shown = shortened(str(list(reversed(crop[key]))).replace("'", ""))
                yield finding(
                    "E0205",
                    f"the least {key} is above the greatest",
                    crop.value_spans[key],
                    f"write `{shown}`",
                )
    if "color_strength" in section and section.get("color", NONE) == NONE:
        yield finding(
            "E0210",
            "`color_strength` is given, and colors are not distorted",
            section.key_spans["color_strength"],
            "give `color: fast` or `color: full`, or leave it out",
        )


def _initial_weights(root: Map) -> Iterator[Diagnostic]:
    section = root.get("initial_weights", {})
    if section.get("new", NONE) != NONE and section.get("from", NONE) == NONE:
        yield finding(
            "E0210",
            "`new` names layers that start anew, and all layers do",
            section.key_spans["new"],
            f"say where the others start from, as `from: {language.GIVEN}`, or leave it out",
        )
