"""The whole way in one screen: a name or a file to a recipe."""

from __future__ import annotations

from functools import reduce

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.chain import read_chain, with_bases
from inceptionspec.frontend.language.recipe_check import check_heading, check_recipe
from inceptionspec.frontend.reading.spec_files import RECIPES, open_spec
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.training.recipe import Recipe
from inceptionspec.training.recipes.build import build
from inceptionspec.training.recipes.contradictions import contradictions
from inceptionspec.training.recipes.layering import inherited


def open_recipe(reference: str, limits: Limits = DEFAULT_LIMITS) -> Source:
    """The text of a built-in recipe, or of a file.

    Raises:
        SpecError: there is no such recipe, or it cannot be read.
    """
    return open_spec(reference, limits, RECIPES)


def load_recipe(recipe: str | Source, limits: Limits = DEFAULT_LIMITS) -> Recipe:
    """Read a recipe with its bases, and check it.

    Args:
        recipe: a built-in name, a path, or a text that was read.
        limits: bounds on its text.

    Raises:
        SpecError: with every finding, each at its place.
    """
    source = open_recipe(recipe, limits) if isinstance(recipe, str) else recipe
    chain = read_chain(source, limits, check_heading, RECIPES)
    root = reduce(inherited, reversed(chain))
    findings = check_recipe(root, limits) or contradictions(root)
    if findings:
        raise SpecError([with_bases(finding, tuple(chain)) for finding in findings])
    return build(root)


def whole_recipe(recipe: str | Source, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of a recipe that says by itself what the recipe and its bases say together."""
    source = open_recipe(recipe, limits) if isinstance(recipe, str) else recipe
    chain = read_chain(source, limits, check_heading, RECIPES)
    return spec_text(dict(reduce(inherited, reversed(chain)).without("extends")))
