"""The language's table to JSON Schema, for editors and other programs that check specs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.enum_docs import ENUM_DOCS
from inceptionspec.frontend.language.forms import Field, Form
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS
from inceptionspec.ops import attribute_types as kinds
from inceptionspec.ops import epilogue as affine
from inceptionspec.ops.attribute_types import Kind
from inceptionspec.ops.record import REQUIRED, Op

Schema = dict[str, Any]
SCHEMA_FILE = Path(__file__).parents[2] / "spec.schema.json"
#: Kinds that many keys have, which are written once and referred to.
_SHARED: Mapping[str, Kind] = MappingProxyType(
    {
        "activation": kinds.ACTIVATION,
        "allow": language.ALLOW,
        "amount": kinds.AMOUNT,
        "auto_bool": affine.AUTO_BOOL,
        "bool": kinds.BOOL,
        "count": kinds.COUNT,
        "filters": kinds.FILTERS,
        "fraction": kinds.FRACTION,
        "init": kinds.INIT,
        "kernel": kinds.KERNEL,
        "name": language.NAME,
        "norm": affine.NORM,
        "padding": kinds.PADDING,
        "positive": kinds.POSITIVE,
        "sides": kinds.SIDES,
        "text": language.TEXT,
    }
)


def json_schema() -> Schema:
    """The whole schema. Every form is closed: unknown keys are errors everywhere."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "inceptionspec",
        "description": "A convolutional network in one file.",
        "type": "object",
        # So that an editor offers it before it is there, and the rest of a variant after.
        "properties": {"extends": _field(language.VARIANT.fields["extends"])},
        "if": {"required": ["extends"]},
        "then": _ref("variant"),
        "else": _ref("spec"),
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as it is committed: indented, keys in the order of the table."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _definitions() -> Schema:
    forms = {
        "spec": language.SPEC, "variant": language.VARIANT, "input": language.INPUT,
        "preprocessing": language.PREPROCESSING, "width": language.WIDTH,
        "block": language.BLOCK, "call": language.CALL, "part": language.PART,
        "residual": language.RESIDUAL, "head": language.HEAD, "parameter": language.PARAMETER,
        "argument": language.ARGUMENT, "contract": language.CONTRACT, "totals": language.TOTALS,
        "budget": language.BUDGET,
        "change": language.CHANGE, "note_of_provenance": language.PROVENANCE,
    }  # fmt: skip
    return {
        **{name: _form(form) for name, form in forms.items()},
        **{f"op_{op.name}": _op_form(op, language.layer_form(op)) for op in LAYER_OPS.values()},
        **{f"merge_{op.name}": _op_form(op, language.merge_form(op)) for op in MERGE_OPS.values()},
        **{
            f"defaults_{op.name}": _op_form(op, language.defaults_form(op), with_op=False)
            for op in OPS.values()
            if op.attributes
        },
        **_structures(),
        **{f"a_{name}": _written_out(kind, arguments=False) for name, kind in _SHARED.items()},
        **{
            f"a_{name}_or_argument": _written_out(kind, arguments=True)
            for name, kind in _SHARED.items()
        },
    }


def _structures() -> Schema:
    """The structures that forms name: see `check`, which walks the same ones."""
    name = {"pattern": language.NAME_PATTERN}
    items: Schema = {"type": "array", "items": _ref("item")}
    merges = _one_of(MERGE_OPS)
    delete = _explained({"const": language.DELETE})
    return {
        "item": _item(),
        "items": items,
        "branches": {"anyOf": [
            {"type": "object", "propertyNames": name, "minProperties": 1,
             "additionalProperties": _ref("items")},
            {"type": "array", "minItems": 1, "items": _ref("items")},
        ]},
        "merge": {
            "anyOf": [{"type": "object"}, merges, dict(language.ARGUMENT_SCHEMA)],
            "if": {"type": "object"},
            "then": {
                "required": ["op"],
                "properties": {"op": merges},
                "allOf": [_when("op", merge, f"merge_{merge}") for merge in MERGE_OPS],
            },
        },
        "defaults": {
            "type": "object", "additionalProperties": False,
            "properties": {op.name: {**_ref(f"defaults_{op.name}"), "description": op.doc}
                           for op in OPS.values() if op.attributes},
        },
        "arguments": _by_name(_either("argument", language.SCALAR)),
        "parameters": _by_name(_either("parameter", language.TYPE)),
        "blocks": _by_name(_ref("block")),
        "heads": _by_name(_ref("head")),
        "with": {"type": "object", "additionalProperties": _kind(language.SCALAR, True)},
        "rename": {"type": "object", "additionalProperties": _kind(language.NAME)},
        "end_points": _by_name(_kind(language.PATH)),
        "expect": {
            "type": "object",
            "properties": {language.TOTAL: _ref("totals")},
            "additionalProperties": _either("contract", language.SHAPE),
        },
        "differences": {"type": "object", "additionalProperties": _kind(language.TEXT)},
        "provenance": {"type": "array", "items": _ref("note_of_provenance")},
        "override": {"type": "object", "additionalProperties": {
            "anyOf": [{"type": "object"}, delete],
            "if": {"type": "object"}, "then": _ref("change"),
        }},
        "set": {"type": ["object", "number", "string", "boolean"]},
    }  # fmt: skip


def _item() -> Schema:
    """An entry of a list of layers: the key that it has decides what else it may have."""
    return {
        "type": "object",
        "properties": {
            "op": {**_one_of(LAYER_OPS), "description": "The operator of this layer."},
        },
        "oneOf": [{"required": [key]} for key in language.ITEM_KINDS],
        "allOf": [
            *(_when("op", op, f"op_{op}") for op in LAYER_OPS),
            {"if": {"required": ["block"]}, "then": _ref("call")},
            {
                "if": {"anyOf": [{"required": ["layers"]}, {"required": ["branches"]}]},
                "then": _ref("part"),
            },
        ],
    }


def _when(key: str, value: str, definition: str) -> Schema:
    return {
        "if": {"required": [key], "properties": {key: {"const": value}}},
        "then": _ref(definition),
    }


def _form(form: Form) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {key: _field(field) for key, field in form.fields.items()},
        "required": [key for key, field in form.fields.items() if field.required],
        "additionalProperties": False,
    }
    if "layers" in form.fields and "branches" in form.fields:
        schema["oneOf"] = [{"required": ["layers"]}, {"required": ["branches"]}]
        schema["dependentRequired"] = {"merge": ["branches"]}
    return schema


def _op_form(op: Op, form: Form, *, with_op: bool = True) -> Schema:
    schema = _form(form)
    schema["description"] = op.doc
    if with_op:
        schema["properties"]["op"] = {"const": op.name, "description": op.doc}
    for attribute in op.attributes:
        if attribute.default is not REQUIRED:
            schema["properties"][attribute.name]["default"] = attribute.default
    return schema


def _field(field: Field) -> Schema:
    if isinstance(field.value, str):
        return {**_ref(field.value), "description": field.doc}
    return {**_kind(field.value, field.arguments), "description": field.doc}


def _one_of(ops: Mapping[str, Op]) -> Schema:
    """The names of some operators, each with what it does."""
    return {"enum": list(ops), "enumDescriptions": [op.doc for op in ops.values()]}


def _kind(kind: Kind, arguments: bool = False) -> Schema:
    for name, shared in _SHARED.items():
        if shared is kind:
            return _ref(f"a_{name}_or_argument" if arguments else f"a_{name}")
    return _written_out(kind, arguments)


def _written_out(kind: Kind, arguments: bool) -> Schema:
    schema = language.with_arguments(kind) if arguments else kind.schema
    return {**_explained(schema), "errorMessage": f"must be {kind.expected}"}


def _explained(schema: Any) -> Any:
    """A schema in which each word that a value may be has its meaning, as editors show it."""
    if isinstance(schema, list):
        return [_explained(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _explained(part) for key, part in schema.items()}
    if isinstance(found.get("enum"), list):
        found["enumDescriptions"] = [_meaning(str(word)) for word in found["enum"]]
    if isinstance(found.get("const"), str):
        found["description"] = ENUM_DOCS[found["const"]]
    return found


def _meaning(word: str) -> str:
    return CODES[word].title if word in CODES else ENUM_DOCS.get(word, "")


def _either(definition: str, kind: Kind) -> Schema:
    """A mapping of a form, or the short form: a single scalar."""
    return {
        "anyOf": [{"type": "object"}, _kind(kind)],
        "if": {"type": "object"},
        "then": _ref(definition),
    }


def _by_name(value: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": language.NAME_PATTERN},
        "additionalProperties": value,
    }


def _ref(definition: str) -> Schema:
    return {"$ref": f"#/$defs/{definition}"}
