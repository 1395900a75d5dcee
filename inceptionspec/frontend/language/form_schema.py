"""Tables of forms to JSON Schema: what holds for every language alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inceptionspec.frontend.language.form import (
    KIND,
    NAME_PATTERN,
    Choice,
    Field,
    Form,
    Listed,
    Named,
    Section,
    Structure,
)
from inceptionspec.frontend.language.forms import with_arguments
from inceptionspec.ops.attribute_types import Kind

Schema = dict[str, Any]


def schema_json(schema: Schema) -> str:
    """A schema as it is committed: indented, keys in the order of the table."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def ref(definition: str) -> Schema:
    """A reference to a definition of the same schema."""
    return {"$ref": f"#/$defs/{definition}"}


def by_name(value: Schema) -> Schema:
    """A mapping whose keys are names."""
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": value,
    }


class FormSchema(NamedTuple):
    """Writes the forms of one language.

    Attributes:
        shared: kinds that many keys have, which are written once, as ``a_<name>``.
        meaning: what a word means that a value may be; empty for a word without one.
    """

    shared: Mapping[str, Kind]
    meaning: Callable[[str], str]

    def definitions(self, *, arguments: bool = True) -> Schema:
        """The shared kinds; where the language has arguments, once more with those."""
        suffixes = ("", "_or_argument") if arguments else ("",)
        return {
            f"a_{name}{suffix}": self.written_out(kind, bool(suffix))
            for suffix in suffixes
            for name, kind in self.shared.items()
        }

    def form(self, form: Form) -> Schema:
        """A closed mapping: an unknown key is an error."""
        return {
            "type": "object",
            "properties": {key: self.field(field) for key, field in form.fields.items()},
            "required": [key for key, field in form.fields.items() if field.required],
            "additionalProperties": False,
        }

    def field(self, field: Field) -> Schema:
        """The value of a key, with what it is for."""
        if isinstance(field.value, Kind):
            return {**self.kind(field.value, field.arguments), "description": field.doc}
        part = ref(field.value) if isinstance(field.value, str) else self.structure(field.value)
        return {**part, "description": field.doc}

    def structure(self, structure: Structure) -> Schema:
        """The collection that a structure stands for."""
        match structure:
            case Section(form, short):
                return self.either(self.form(form), short)
            case Choice(_, forms, short):
                return self.either(self._choice(forms), short)
            case Named(entry):
                return by_name(self.structure(entry))
            case Listed(_, entry, least, most):
                size = {"minItems": least, "maxItems": most}
                return {"type": "array", **size, "items": self.structure(entry)}

    def _choice(self, forms: Mapping[str, Form]) -> Schema:
        """A variant may leave out the kind, which is its base's then: any key is known there."""
        keys: dict[str, list[Schema]] = {}
        for form in forms.values():
            for key, field in form.fields.items():
                if (schema := self.field(field)) not in keys.setdefault(key, []):
                    keys[key].append(schema)
        return {
            "type": "object",
            "properties": {
                **{
                    key: part[0] if len(part) == 1 else {"anyOf": part}
                    for key, part in keys.items()
                },
                KIND: {
                    "enum": list(forms),
                    "enumDescriptions": [self.meaning(kind) for kind in forms],
                },
            },
            "additionalProperties": False,
            "allOf": [
                {
                    "if": {"required": [KIND], "properties": {KIND: {"const": kind}}},
                    "then": self.form(form),
                }
                for kind, form in forms.items()
            ],
        }

    def either(self, mapping: Schema, short: Kind | None) -> Schema:
        """A mapping, or the short form: a single scalar."""
        if short is None:
            return mapping
        return {
            "anyOf": [{"type": "object"}, self.kind(short)],
            "if": {"type": "object"},
            "then": mapping,
        }

    def kind(self, kind: Kind, arguments: bool = False) -> Schema:
        """The values of a kind; ``arguments`` admits ``$name`` too."""
        for name, shared in self.shared.items():
            if shared is kind:
                return ref(f"a_{name}_or_argument" if arguments else f"a_{name}")
        return self.written_out(kind, arguments)

    def written_out(self, kind: Kind, arguments: bool) -> Schema:
        """The same where it is not shared."""
        schema = with_arguments(kind) if arguments else kind.schema
        return {**self.explained(schema), "errorMessage": f"must be {kind.expected}"}

    def explained(self, schema: Any) -> Any:
        """A schema in which each word that a value may be has its meaning, as editors show it."""
        if isinstance(schema, list):
            return [self.explained(part) for part in schema]
        if not isinstance(schema, Mapping):
            return schema
        found = {key: self.explained(part) for key, part in schema.items()}
        if isinstance(found.get("enum"), list):
            found["enumDescriptions"] = [self.meaning(str(word)) for word in found["enum"]]
        if isinstance(found.get("const"), str):
            found["description"] = self.meaning(found["const"])
        return found
