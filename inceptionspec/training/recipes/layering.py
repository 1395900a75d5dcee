"""Documents laid over each other: a variant over its base, a phase over its recipe."""

from __future__ import annotations

from inceptionspec.frontend.language import recipe_forms as language
from inceptionspec.frontend.language.form import KIND
from inceptionspec.frontend.reading.document import Map

#: Keys that say what one file is, which a variant does not inherit.
_OWN = ("doc", "extends")
PHASE_KEYS = tuple(key for key in language.PHASE.fields if key != "name")


def inherited(base: Map, variant: Map) -> Map:
    """What a recipe says together with its base."""
    return laid_over(base.without(*_OWN), variant)


def phase_sections(root: Map) -> list[Map]:
    """The keys of each phase over those of the recipe; one phase where none is named."""
    common = root.without(*(root.keys() - set(PHASE_KEYS)))
    return [laid_over(common, section) for section in root.get("phases", ())] or [common]


def laid_over(base: Map, top: Map) -> Map:
    """A mapping with another's keys in place of its own; sections are laid over key by key.

    A section whose `kind` is another one replaces its base's, since it has other keys.
    """
    result = base.merged(top)
    for key, value in top.items():
        below = base.get(key)
        if isinstance(value, Map) and isinstance(below, Map) and _same_kind(below, value):
            result[key] = laid_over(below, value)
    return result


def _same_kind(base: Map, top: Map) -> bool:
    return KIND not in top or KIND not in base or base[KIND] == top[KIND]
