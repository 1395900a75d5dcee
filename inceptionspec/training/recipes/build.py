"""A checked document to the frozen tree of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.language import recipe_forms as language
from inceptionspec.frontend.language.form import KIND, Choice, Form
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops.attribute_types import NONE, Kind
from inceptionspec.training import recipe as tree
from inceptionspec.training.recipes.layering import PHASE_KEYS, phase_sections

OPTIMIZERS: Mapping[str, type[tree.Optimizer]] = MappingProxyType(
    {"sgd": tree.Sgd, "rmsprop": tree.RmsProp, "adam": tree.Adam}
)
SCHEDULES: Mapping[str, type[tree.Schedule]] = MappingProxyType(
    {
        "constant": tree.Constant,
        "exponential": tree.Exponential,
        "piecewise": tree.Piecewise,
        "cosine": tree.Cosine,
    }
)


def build(root: Map) -> tree.Recipe:
    """The recipe that a document says, which has passed every check."""
    values = _scalars(root, language.RECIPE)
    for key in (language.KEY, "extends", *PHASE_KEYS):
        values.pop(key, None)
    values["sources"] = tuple(values.get("sources", ()))
    made = {key: make(root[key]) for key, make in _SECTIONS.items() if key in root}
    return tree.Recipe(
        phases=_phases(root), places=MappingProxyType(dict(_places(root))), **values, **made
    )


def _scalars(section: Map, form: Form) -> dict[str, Any]:
    """The values of a form's scalar keys, as the tree holds them."""
    return {
        key: _value(field.value, section[key])
        for key, field in form.fields.items()
        if key in section and isinstance(field.value, Kind)
    }


def _value(kind: Kind, value: Any) -> Any:
    if kind is language.DURATION:
        return tree.Duration(*kind.parse(value))
    if kind is language.DURATIONS:
        return tuple(tree.Duration(*part) for part in kind.parse(value))
    if kind is language.SELECTION:
        listed = isinstance(value, list)
        return tree.Selection("", tuple(value)) if listed else tree.Selection(value)
    return kind.parse(value)


def _chosen(section: Map, choice: Choice) -> dict[str, Any]:
    return _scalars(section, choice.forms[section[KIND]])


def _phases(root: Map) -> tuple[tree.Phase, ...]:
    return tuple(
        tree.Phase(
            **{
                "name": "all",
                **_scalars(section, language.PHASE),
                "optimizer": _optimizer(section["optimizer"]),
                "schedule": _schedule(section["schedule"]),
            }
        )
        for section in phase_sections(root)
    )


def _optimizer(section: Map) -> tree.Optimizer:
    values = _chosen(section, language.OPTIMIZER)
    return OPTIMIZERS[values.pop(KIND)](**values)


def _schedule(section: Map) -> tree.Schedule:
    values = _chosen(section, language.SCHEDULE)
    warmup = section.get("warmup", NONE)
    rise = None if warmup == NONE else tree.Warmup(**_scalars(warmup, language.WARMUP))
    return SCHEDULES[values.pop(KIND)](**values, warmup=rise)


def _loss(section: Map) -> tree.Loss:
    heads = section.get("heads", {})
    return tree.Loss(
        **_scalars(section, language.LOSS_FORM),
        heads=tuple(_head_loss(name, heads[name]) for name in sorted(heads)),
    )


def _head_loss(name: str, value: Any) -> tree.HeadLoss:
    if isinstance(value, Map):
        return tree.HeadLoss(name, **_scalars(value, language.HEAD_LOSS))
    return tree.HeadLoss(name, language.WEIGHT.parse(value))


def _weight_decay(section: Any) -> tree.WeightDecay:
    if section == NONE:
        return tree.WeightDecay(NONE)
    return tree.WeightDecay(**_chosen(section, language.WEIGHT_DECAY))


def _clip(section: Any) -> tree.Clip | None:
    return None if section == NONE else tree.Clip(**_chosen(section, language.CLIP))


def _averaging(section: Any) -> tree.Averaging | None:
    return None if section == NONE else tree.Averaging(**_chosen(section, language.AVERAGING))


def _augmentation(section: Any) -> tree.Augmentation:
    if section == NONE:
        return tree.Augmentation()
    crop, drawn = section.get("crop", NONE), section.get("rand_augment", NONE)
    return tree.Augmentation(
        **_scalars(section, language.AUGMENTATION),
        crop=None if crop == NONE else tree.Crop(**_scalars(crop, language.CROP)),
        rand_augment=None
        if drawn == NONE
        else tree.RandAugment(**_scalars(drawn, language.RAND_AUGMENT)),
    )


def _initial_weights(section: Map) -> tree.InitialWeights:
    values = _scalars(section, language.INITIAL_WEIGHTS)
    if "from" in values:
        values["source"] = values.pop("from")
    return tree.InitialWeights(**values)


_SECTIONS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "scaling": lambda section: tree.Scaling(**_scalars(section, language.SCALING)),
        "loss": _loss,
        "weight_decay": _weight_decay,
        "clip": _clip,
        "averaging": _averaging,
        "augmentation": _augmentation,
        "initial_weights": _initial_weights,
        "evaluation": lambda section: tree.Evaluation(**_scalars(section, language.EVALUATION)),
    }
)


def _places(value: Any, path: str = "") -> Iterator[tuple[str, Span]]:
    """The place of each value by its path; where a head is named, that of the name."""
    if isinstance(value, Map):
        for key, part in value.items():
            inner = f"{path}.{key}" if path else key
            named = path == "loss.heads"
            yield inner, (value.key_spans if named else value.value_spans)[key]
            yield from _places(part, inner)
    elif isinstance(value, Seq):
        for number, (part, span) in enumerate(zip(value, value.item_spans, strict=True)):
            yield f"{path}.{number}", span
            yield from _places(part, f"{path}.{number}")
