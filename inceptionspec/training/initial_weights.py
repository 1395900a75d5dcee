"""The weights that training starts from."""

from __future__ import annotations

import os

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.frontend.language.recipe_forms import GIVEN
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.attribute_types import NONE
from inceptionspec.training.fitting import fit
from inceptionspec.training.recipe import Recipe
from inceptionspec.weights.load import DEFAULT_WEIGHT_OPTIONS, load_weights
from inceptionspec.weights.options import WeightOptions
from inceptionspec.weights.report import LoadedWeights


def initial_file(recipe: Recipe) -> str:
    """The file that a recipe names, from the folder of the file that says so; empty for none.

    Raises:
        SpecError: the recipe wants weights to be given (E0810).
    """
    source = recipe.initial_weights.source
    if source == NONE:
        return ""
    place = recipe.places["initial_weights.from"]
    if source == GIVEN:
        raise spec_error(
            "E0810",
            f"the recipe `{recipe.name}` starts from weights that are given, and none are",
            place,
            "give them: `--weights FILE`, or `weights=` in Python",
        )
    return os.path.join(os.path.dirname(place.source.name), source)


def initial_weights(
    recipe: Recipe,
    loaded: LoadedSpec,
    file: str,
    options: WeightOptions = DEFAULT_WEIGHT_OPTIONS,
) -> LoadedWeights:
    """The weights of a file, which need not have those of the layers that start anew.

    Raises:
        SpecError: as ``load_weights`` does; the recipe does not fit (E0901, E0903).
    """
    new = sorted(fit(recipe, loaded.graph).new)
    return load_weights(loaded, file, options._replace(fresh=(*options.fresh, *new)))
