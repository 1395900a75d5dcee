"""The language's table to JSON Schema, for editors and other programs that check specs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.enum_docs import ENUM_DOCS
from inceptionspec.frontend.language.form import NAME, NAME_PATTERN, TEXT, Form
from inceptionspec.frontend.language.form_schema import (
    FormSchema,
    Schema,
    by_name,
    ref,
    schema_json,
)
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS
from inceptionspec.ops import attribute_types as kinds
from inceptionspec.ops import epilogue as affine
from inceptionspec.ops.attribute_types import Kind
from inceptionspec.ops.record import REQUIRED, Op

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
        "decay": kinds.DECAY,
        "filters": kinds.FILTERS,
        "fraction": kinds.FRACTION,
        "function": kinds.FUNCTION,
        "init": kinds.INIT,
        "kernel": kinds.KERNEL,
        "name": NAME,
        "norm": affine.NORM,
        "padding": kinds.PADDING,
        "per_channel": kinds.PER_CHANNEL,
        "positive": kinds.POSITIVE,
        "sides": kinds.SIDES,
        "text": TEXT,
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
        "properties": {"extends": _WRITER.field(language.VARIANT.fields["extends"])},
        "if": {"required": ["extends"]},
        "then": ref("variant"),
        "else": ref("spec"),
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as it is committed: indented, keys in the order of the table."""
    return schema_json(json_schema())


def _definitions() -> Schema:
    forms = {
        "spec": language.SPEC, "variant": language.VARIANT, "input": language.INPUT,
        "preprocessing": language.PREPROCESSING, "width": language.WIDTH,
        "block": language.BLOCK, "call": language.CALL, "part": language.PART,
        "residual_connection": language.RESIDUAL, "head": language.HEAD,
        "parameter": language.PARAMETER, "argument": language.ARGUMENT,
        "contract": language.CONTRACT, "totals": language.TOTALS, "budget": language.BUDGET,
        "changed_input": language.CHANGED_INPUT, "changed_block": language.CHANGED_BLOCK,
        "changed_head": language.CHANGED_HEAD, "wrap": language.WRAP,
        "change": language.CHANGE, "note_of_provenance": language.PROVENANCE,
    }  # fmt: skip
    return {
        **{name: _form(form) for name, form in forms.items()},
        **{f"op_{op.name}": _op_form(op, language.layer_form(op)) for op in LAYER_OPS.values()},
        **{f"line_{op.name}": _op_form(op, language.line_form(op)) for op in MERGE_OPS.values()},
        **{f"merge_{op.name}": _op_form(op, language.merge_form(op)) for op in MERGE_OPS.values()},
        **{
            f"defaults_{op.name}": _op_form(op, language.defaults_form(op), with_op=False)
            for op in OPS.values()
            if op.attributes
        },
        **_structures(),
        **_WRITER.definitions(),
    }


def _structures() -> Schema:
    """The structures that forms name: see `check`, which walks the same ones."""
    items: Schema = {"type": "array", "items": ref("item")}
    merges = _one_of(MERGE_OPS)
    inner = _WRITER.explained({"const": language.INNER})
    delete = _WRITER.explained({"const": language.DELETE})
    return {
        "item": _item(),
        "items": items,
        "branches": _branches("items"),
        "residual": _WRITER.either(ref("residual_connection"), language.IS_RESIDUAL),
        "names": {"type": "array", "items": _WRITER.kind(NAME)},
        "wrap_items": {"type": "array",
                       "items": {"anyOf": [inner, {"type": "object"}],
                                 "if": {"type": "object"}, "then": ref("item")}},
        "wrap_branches": _branches("wrap_items"),
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
            "properties": {op.name: {**ref(f"defaults_{op.name}"), "description": op.doc}
                           for op in OPS.values() if op.attributes},
        },
        "arguments": by_name(_WRITER.either(ref("argument"), language.SCALAR)),
        "parameters": by_name(_WRITER.either(ref("parameter"), language.PARAMETER_TYPE)),
        "blocks": by_name(ref("block")),
        "heads": by_name(ref("head")),
        "changed_blocks": by_name(ref("changed_block")),
        "changed_heads": by_name(ref("changed_head")),
        "with": {"type": "object", "additionalProperties": _WRITER.kind(language.SCALAR, True)},
        "rename": {"type": "object", "additionalProperties": _WRITER.kind(NAME)},
        "next": {"type": "object", "additionalProperties": _WRITER.kind(language.SOURCE)},
        "end_points": by_name(_WRITER.kind(language.PATH)),
        "expect": {
            "type": "object",
            "properties": {language.TOTAL: ref("totals")},
            "additionalProperties": _WRITER.either(ref("contract"), language.SHAPE),
        },
        "differences": {"type": "object", "additionalProperties": _WRITER.kind(TEXT)},
        "provenance": {"type": "array", "items": ref("note_of_provenance")},
        "override": {"type": "object", "additionalProperties": {
            # Properties here are what an editor offers.
            "anyOf": [{"type": "object", "properties": {
                word: {"description": field.doc} for word, field in language.CHANGE.fields.items()
            }}, delete],
            # A mapping without a word for a change is what `set` may hold.
            "if": {"type": "object",
                   "anyOf": [{"required": [word]} for word in language.CHANGE.fields]},
            "then": ref("change"),
        }},
        "set": {"type": ["object", "number", "string", "boolean"]},
    }  # fmt: skip


def _branches(items: str) -> Schema:
    """Parallel paths of some kind of lists, by name or not."""
    return {"anyOf": [
        {"type": "object", "propertyNames": {"pattern": NAME_PATTERN}, "minProperties": 1,
         "additionalProperties": ref(items)},
        {"type": "array", "minItems": 1, "items": ref(items)},
    ]}  # fmt: skip


def _item() -> Schema:
    """An entry of a list of layers: the key that it has decides what else it may have."""
    return {
        "type": "object",
        "properties": {
            "op": {
                **_one_of({**LAYER_OPS, **MERGE_OPS}),
                "description": "The operator of this layer.",
            },
        },
        "oneOf": [{"required": [key]} for key in language.ITEM_KINDS],
        "allOf": [
            *(_when("op", op, f"op_{op}") for op in LAYER_OPS),
            *(_when("op", op, f"line_{op}") for op in MERGE_OPS),
            {"if": {"required": ["block"]}, "then": ref("call")},
            {
                "if": {"anyOf": [{"required": ["layers"]}, {"required": ["branches"]}]},
                "then": ref("part"),
            },
        ],
    }


def _when(key: str, value: str, definition: str) -> Schema:
    return {
        "if": {"required": [key], "properties": {key: {"const": value}}},
        "then": ref(definition),
    }


def _form(form: Form) -> Schema:
    schema = _WRITER.form(form)
    if form.partial and "branches" in form.fields:
        schema["not"] = {"required": ["layers", "branches"]}
    elif "layers" in form.fields and "branches" in form.fields:
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


def _one_of(ops: Mapping[str, Op]) -> Schema:
    """The names of some operators, each with what it does."""
    return {"enum": list(ops), "enumDescriptions": [op.doc for op in ops.values()]}


def _meaning(word: str) -> str:
    return CODES[word].title if word in CODES else ENUM_DOCS.get(word, "")


_WRITER = FormSchema(_SHARED, _meaning)
