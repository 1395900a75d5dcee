"""The language of sweep files to JSON Schema, for editors and other programs that check them."""

from __future__ import annotations

from pathlib import Path

from inceptionspec.frontend.language.form import TEXT
from inceptionspec.frontend.language.form_schema import FormSchema, Schema, schema_json
from inceptionspec.ops import attribute_types as kinds
from inceptionspec.sweep.evaluate import MOST
from inceptionspec.sweep.knobs import KNOBS
from inceptionspec.sweep.records import FIGURES
from inceptionspec.sweep.sweep_file import FILE, FRONT, VALUES

SCHEMA_FILE = Path(__file__).parents[1] / "sweep.schema.json"


def _meaning(word: str) -> str:
    """What a figure is, and which is better; of `all`, that it is all rows."""
    name = word.removesuffix(MOST)
    if name not in FIGURES:
        return "All rows."
    return f"{FIGURES[name]}: {'less' if name == word else 'more'} is better"


_WRITER = FormSchema({"count": kinds.COUNT, "text": TEXT}, _meaning)


def sweep_schema() -> Schema:
    """The whole schema. Knobs are open: which ones there are, the base says."""
    values = _WRITER.kind(VALUES.kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "inceptionspec sweep",
        "description": "Many variants of a network.",
        **_WRITER.form(FILE),
        "not": {"required": ["sample", "evolve"]},
        "$defs": {
            **_WRITER.definitions(arguments=False),
            "vary": {
                "type": "object",
                "properties": {
                    name: {"$ref": "#/$defs/values", "description": doc}
                    for name, doc in KNOBS.items()
                },
                "additionalProperties": {"$ref": "#/$defs/values"},
                "minProperties": 1,
            },
            "values": values,
            "front": _WRITER.kind(FRONT.kind),
        },
    }


def schema_text() -> str:
    """The schema as it is committed."""
    return schema_json(sweep_schema())
