"""The language of recipes to JSON Schema, for editors and other programs that check them."""

from __future__ import annotations

from pathlib import Path

from inceptionspec.frontend.language import form, recipe_forms
from inceptionspec.frontend.language.form_schema import FormSchema, Schema, schema_json
from inceptionspec.ops import attribute_types as kinds

SCHEMA_FILE = Path(__file__).parents[2] / "recipe.schema.json"
_WRITER = FormSchema(
    {
        "amount": kinds.AMOUNT,
        "bool": kinds.BOOL,
        "count": kinds.COUNT,
        "duration": recipe_forms.DURATION,
        "fraction": kinds.FRACTION,
        "positive": kinds.POSITIVE,
        "selection": recipe_forms.SELECTION,
        "text": form.TEXT,
    },
    lambda word: recipe_forms.ENUM_DOCS.get(word, ""),
)


def recipe_schema() -> Schema:
    """The whole schema. Every form is closed; a variant must say no more than its name.

    What a variant leaves out is its base's, which an editor does not read. So the key `kind` is
    asked for nowhere, and `specbuild check` alone knows whether it is missing.
    """
    recipe = _WRITER.form(recipe_forms.RECIPE)
    required = recipe.pop("required")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "inceptionspec recipe",
        "description": "How a network is trained.",
        **recipe,
        "if": {"required": ["extends"]},
        "then": {"required": [recipe_forms.KEY, "name"]},
        "else": {"required": required},
        "$defs": _WRITER.definitions(arguments=False),
    }


def schema_text() -> str:
    """The schema as it is committed."""
    return schema_json(recipe_schema())
