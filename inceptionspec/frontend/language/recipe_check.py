"""Recipe to findings: whether a recipe, laid over its bases, keeps to its form."""

from __future__ import annotations

from contextlib import suppress

from inceptionspec.diagnostics.diagnostic import Findings, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.frontend.language import recipe_forms as language
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.language.form_checker import FormChecker
from inceptionspec.frontend.reading.document import Map

_HEADING = Form(
    language.RECIPE.title,
    {key: language.RECIPE.fields[key] for key in (language.KEY, "extends", "name")},
)


def check_heading(root: Map, limits: Limits = DEFAULT_LIMITS) -> Findings:
    """What must hold in one file before its base can be opened.

    All else is checked once it is laid over its base (``check_recipe``), since a variant may
    leave out whatever its base says.
    """
    checker = FormChecker(limits)
    if checker.version(root, language.KEY, language.VERSION, "a recipe", _other_language(root)):
        checker.form(root.without(*(root.keys() - _HEADING.fields.keys())), _HEADING)
    return checker.findings


def check_recipe(root: Map, limits: Limits = DEFAULT_LIMITS) -> Findings:
    """Everything in a recipe that does not keep to the form."""
    checker = FormChecker(limits)
    with suppress(SpecError):  # too many: the rest is left out
        checker.form(root, language.RECIPE)
    return checker.findings


def _other_language(root: Map) -> tuple[str, ...]:
    return ("this is a network: name a file that starts with `recipe`",) * ("spec" in root)
