"""The language as a table: every mapping that a spec may hold, key by key.

The JSON Schema for editors and the checks of the reader are both made from these forms
and from the operators' records, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.codes import WARNINGS
from inceptionspec.frontend.language.form import (
    NAME,
    TEXT,
    TEXTS,
    TITLE,
    Field,
    Form,
    partial,
)
from inceptionspec.frontend.settings import WIDEST
from inceptionspec.ops import LAYER_OPS, MERGE_OPS
from inceptionspec.ops.attribute_types import (
    ACTIVATION,
    AMOUNT,
    COUNT,
    FRACTION,
    NONE,
    NUMBER,
    Kind,
    Schema,
    or_null,
)
from inceptionspec.ops.expression import PATTERN as EXPRESSION_PATTERN
from inceptionspec.ops.record import Op

VERSION = 1
ARGUMENT_PATTERN = r"^\$[A-Za-z][A-Za-z0-9_]{0,63}$"
_ARGUMENT = re.compile(ARGUMENT_PATTERN[1:-1])
_REFERENCE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)")
ARGUMENT_SCHEMA: Schema = MappingProxyType({"type": "string", "pattern": ARGUMENT_PATTERN})
EXPRESSION_SCHEMA: Schema = MappingProxyType({"type": "string", "pattern": EXPRESSION_PATTERN})

#: Types of arguments.
ARGUMENT_TYPES = ("int", "float", "bool", "string")
#: The type of a block's argument that names a layer.
LAYER = "layer"
#: What `predictions:` may say, and the layer that it adds.
PREDICTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {"softmax": ("softmax", {}), "sigmoid": ("activation", {"function": "sigmoid"})}
)
#: The key that decides what an entry of a list of layers is.
ITEM_KINDS = ("op", "block", "layers", "branches")
#: The name of a contract over the whole network, where others name an end point.
TOTAL = "total"
#: Keywords of the API, which no argument can be named after.
RESERVED_ARGUMENTS = ("head", "input", "limits", "min_filters", "width")


def argument_name(value: object) -> str | None:
    """The name of an argument if a value is ``$name``, else None."""
    if isinstance(value, str) and _ARGUMENT.fullmatch(value):
        return value[1:]
    return None


def condition(text: str) -> tuple[str, bool]:
    """The argument that ``when`` names, and the value of it that keeps an entry."""
    found = _CONDITION.fullmatch(text)
    assert found is not None
    return found[2][1:], found[1] is None


def arguments_in(text: str) -> list[str]:
    """The names of the arguments in a value: ``$name`` alone, or those of an expression."""
    return _REFERENCE.findall(text) if "$" in text else []


PATH = Kind("a path such as `Mixed_5b/Branch_1`", {"type": "string", "minLength": 1})
_SOURCE: Schema = {"type": "string", "pattern": r"^[^$\s]|^\$[A-Za-z][A-Za-z0-9_]{0,63}$"}
SOURCE = Kind("a path such as `Mixed_5b/Branch_1`, or `$name`", _SOURCE)
SOURCES = Kind(
    "a list of at least two paths, such as `[Low, Mixed_5b/Branch_1]`",
    {"type": "array", "items": _SOURCE, "minItems": 2},
)
_CONDITION = re.compile(r"(?:(not) +)?(\$[A-Za-z][A-Za-z0-9_]*)")
CONDITION = Kind(
    "`$name` or `not $name`, of an argument that is true or false",
    {"type": "string", "pattern": r"^(not +)?\$[A-Za-z][A-Za-z0-9_]{0,63}$"},
)
_SIZE_PATTERN = "^[1-9][0-9]{0,8}x[1-9][0-9]{0,8}$"
SIZE = Kind(
    "height x width such as `299x299`, or `any`",
    {"anyOf": [{"type": "string", "pattern": _SIZE_PATTERN}, {"const": "any"}]},
)
RANGE = Kind(
    "the least and the greatest value, such as `[-1, 1]`",
    {"type": "array", "items": NUMBER.schema, "minItems": 2, "maxItems": 2},
)
RESIZE = Kind(
    "one of nearest, bilinear, bicubic, bilinear_tf1, bilinear_tf2",
    {"enum": ["nearest", "bilinear", "bicubic", "bilinear_tf1", "bilinear_tf2"]},
)
ASPECT = Kind("`stretch` or `keep`", {"enum": ["stretch", "keep"]})
CROP = Kind(
    "a share above 0 and at most 1, such as `0.875`",
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
)
CHANNEL_ORDER = Kind("`RGB` or `BGR`", {"enum": ["RGB", "BGR"]})
_FACTOR = {"type": "number", "minimum": 1e-9, "maximum": 1e9}
WIDTH_FACTOR = Kind(
    "a number above 0 and at most 1,000,000, such as `0.75`",
    {"type": "number", "exclusiveMinimum": 0, "maximum": WIDEST},
)
_DECIMAL = r"0*[1-9][0-9]{0,8}(\.[0-9]{1,9})?"
SCALE = Kind(
    "a number above 0, or a quotient such as `1/255`",
    {"anyOf": [_FACTOR, {"type": "string", "pattern": f"^{_DECIMAL}/{_DECIMAL}$"}]},
)
MEAN = Kind(
    "a number, or a list with one for each channel",
    {"anyOf": [NUMBER.schema, {"type": "array", "items": NUMBER.schema, "minItems": 1}]},
)
STD = Kind(
    "a number above 0, or a list with one for each channel",
    {"anyOf": [_FACTOR, {"type": "array", "items": _FACTOR, "minItems": 1}]},
)
ALLOW = Kind(
    "warnings by code, each with the reason, such as `{W0104: kept for checkpoints}`",
    {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 1},
        "propertyNames": {"enum": list(WARNINGS)},
    },
)
_SHAPE_PATTERN = r"^(\?|[0-9]{1,9})(x(\?|[0-9]{1,9})){0,2}$"
SHAPE = Kind(
    "a shape such as `35x35x256` or `1000`",
    {"anyOf": [{"type": "string", "pattern": _SHAPE_PATTERN}, {"type": "integer", "minimum": 0}]},
)
AT_MOST = Kind(
    "a bound such as `<= 5.8e9`",
    {"type": "string", "pattern": r"^<= *[0-9]+(\.[0-9]+)?([eE][+]?[0-9]{1,3})?$"},
)
EXACT = Kind("a whole number", {"type": "integer", "minimum": 0})
SCALAR = Kind("a number, a text, `true` or `false`", {"type": ["number", "string", "boolean"]})
TYPE = Kind(f"one of {', '.join(ARGUMENT_TYPES)}", {"enum": list(ARGUMENT_TYPES)})
PARAMETER_TYPE = Kind(
    f"one of {', '.join((*ARGUMENT_TYPES, LAYER))}", {"enum": [*ARGUMENT_TYPES, LAYER]}
)
PREDICTION = or_null(
    Kind(f"`none` or one of {', '.join(PREDICTIONS)}", {"enum": [NONE, *PREDICTIONS]}), NONE
)
IS_RESIDUAL = Kind("`true` or a mapping such as `{scale: 0.1}`", {"type": "boolean"})
VERSION_KIND = Kind(f"`{VERSION}`", {"const": VERSION})


_NAME_FIELD = Field(NAME, "The last element of its path; derived where omitted.")
_SOURCE_FIELD = Field(SOURCE, "What it reads; the entry before it unless given.")
_REMARKS = {
    "group": Field(NAME, "Gathers layers for tables and diagrams; adds nothing to paths."),
    "doc": Field(TEXT, "What a reader should know."),
    "allow": Field(ALLOW, "Warnings that do not hold here, each with the reason."),
}
_WHEN = {"when": Field(CONDITION, "The argument that keeps it, or leaves it out after `not`.")}
_BODY = {
    "residual": Field("residual", "Adds what comes in to what comes out."),
    "layers": Field("items", "Layers in the order in which data flows."),
    "branches": Field("branches", "Parallel paths: by name, or a list where they have none."),
    "merge": Field("merge", "What makes one tensor of the branches; `concat` unless given."),
}
_ARGS = "Names that `--set` can change, each with its default."
_VERSION = {"spec": Field(VERSION_KIND, "Version of the language.", required=True)}
_METADATA = {
    "name": Field(TITLE, "What the network is called.", required=True),
    "checkpoint_scope": Field(NAME, "First element of the names in checkpoints."),
    "doc": Field(TEXT, "What the network is and where it comes from."),
    "sources": Field(TEXTS, "Papers and code that it was taken from."),
    "allow": Field(ALLOW, "Warnings that do not hold in this file, each with the reason."),
}
_ARGUMENTS = {"args": Field("arguments", _ARGS)}
_BLOCKS = {"blocks": Field("blocks", "Parts that are written once and called by name.")}
_HEADS = {
    "main": Field(NAME, "The main head."),
    "heads": Field("heads", "What turns features into logits, each under its name."),
}
_END = {
    "end_points": Field("end_points", "Further names for layers."),
    "expect": Field("expect", "Contracts: shapes and counts that `check` tests."),
    "budget": Field("budget", "Bounds on its totals, inherited by variants."),
    "provenance": Field("provenance", "Where it departs from others of its name, and why."),
}
_DEFAULTS = {"defaults": Field("defaults", "Usual attributes, operator by operator.")}
_WIDTH = {"width": Field("width", "How the width multiplier scales filters.")}

SPEC = Form("a spec", {
    **_VERSION,
    **_METADATA,
    "input": Field("input", "Size, channels and range of the images.", required=True),
    **_WIDTH,
    **_ARGUMENTS,
    **_DEFAULTS,
    **_BLOCKS,
    "network": Field("items", "The layers from the input on.", required=True),
    **_HEADS,
    **_END,
})  # fmt: skip
VARIANT = Form("a variant", {
    **_VERSION,
    "extends": Field(TEXT, "Its base: a built-in name, or a path relative to this file.",
                     required=True),
    **_METADATA,
    "input": Field("changed_input", "What is different about the images."),
    **_WIDTH,
    **_ARGUMENTS,
    **_DEFAULTS,
    "blocks": Field("changed_blocks", "Other keys for parts of the base, and parts of its own."),
    "main": Field(NAME, "The main head; `none` leaves out all heads of the base."),
    "heads": Field("changed_heads", "Other keys for heads of the base, and heads of its own."),
    "override": Field("override", "What is changed, by final path or section."),
    **_END,
})  # fmt: skip
INPUT = Form("the input", {
    "size": Field(SIZE, "Height x width in pixels, or `any`.", required=True),
    "channels": Field(COUNT, "Channels of an image; 3 unless given."),
    "range": Field(RANGE, "Least and greatest value of a pixel."),
    "preprocessing": Field("preprocessing", "How a picture becomes an input; no part of the "
                           "network digest."),
})  # fmt: skip
PREPROCESSING = Form("the preprocessing", {
    "resize": Field(RESIZE, "How pixels are interpolated; `bilinear` unless given."),
    "crop": Field(CROP, "Share of the picture's sides that its central crop keeps; 1 unless "
                  "given."),
    "aspect": Field(ASPECT, "Whether the crop has the picture's proportions and is stretched, "
                    "or the input's; `stretch` unless given."),
    "channel_order": Field(CHANNEL_ORDER, "Order of three channels; `RGB` unless given."),
    "scale": Field(SCALE, "Factor on each byte, 0 to 255; 1 unless given."),
    "mean": Field(MEAN, "What is subtracted after that, in the order of channels; 0 unless "
                  "given."),
    "std": Field(STD, "What is divided by in the end, in the order of channels; 1 unless given."),
    "source": Field(TEXT, "Where the convention is from."),
})  # fmt: skip
WIDTH = Form("the width", {
    "factor": Field(WIDTH_FACTOR, "What numbers of filters are multiplied by; 1 unless given."),
    "round_to": Field(COUNT, "Scaled filters are a multiple of this; 1 unless given."),
    "at_least": Field(COUNT, "The fewest filters below width 1; 16 unless given."),
})  # fmt: skip
BLOCK = Form("a block", {
    "doc": _REMARKS["doc"],
    "allow": _REMARKS["allow"],
    "args": Field("parameters", "Its arguments: a type each, or a type and a default."),
    **_BODY,
})  # fmt: skip
CALL = Form("a call of a block", {
    "block": Field(NAME, "The block that is called.", required=True),
    "name": _NAME_FIELD,
    "from": _SOURCE_FIELD,
    "with": Field("with", "Its arguments."),
    "rename": Field("rename", "Other names for layers or branches of this call."),
    "repeat": Field(COUNT, "How many times in a row; members are `<block>_1` and so on.",
                    arguments=True),
    "names": Field("names", "Names of the members of a repeat, which then needs no name itself."),
    "next": Field("next", "What each member of a repeat hands on to the next one as an argument."),
    **_WHEN,
    **_REMARKS,
})  # fmt: skip
PART = Form("a part", {"name": _NAME_FIELD, "from": _SOURCE_FIELD, **_WHEN, **_REMARKS, **_BODY})
RESIDUAL = Form("a residual connection", {
    "scale": Field(NUMBER, "Factor on the layers before they are added.", arguments=True),
    "activation": Field(ACTIVATION, "Function applied to the sum.", arguments=True),
    "when": Field(CONDITION, "The argument that decides whether anything is added."),
    "shortcut": Field("items", "Layers on the way around; none unless given."),
})  # fmt: skip
HEAD = Form("a head", {
    "from": Field(PATH, "The layer, block or end point that it reads.", required=True),
    "loss_weight": Field(AMOUNT, "Weight of its loss in training.", arguments=True),
    "label_smoothing": Field(FRACTION, "Share of the label that is spread over all classes.",
                             arguments=True),
    "predictions": Field(PREDICTION, "Adds the layer `Predictions` after the logits."),
    "doc": _REMARKS["doc"],
    "allow": _REMARKS["allow"],
    "layers": Field("items", "Its layers up to the logits.", required=True),
})  # fmt: skip
PARAMETER = Form("an argument", {
    "type": Field(PARAMETER_TYPE, f"{PARAMETER_TYPE.expected.capitalize()}.", required=True),
    "default": Field(SCALAR, "Its value where a call gives none."),
    "doc": _REMARKS["doc"],
})  # fmt: skip
ARGUMENT = Form("an argument", {
    "type": Field(TYPE, f"{TYPE.expected.capitalize()}.", required=True),
    "default": PARAMETER.fields["default"]._replace(required=True),
    "doc": _REMARKS["doc"],
})  # fmt: skip
COUNTS = ("params", "trainable_params", "macs", "flops", "peak_activation_bytes")
TOTALS = Form(
    "the contract of `total`",
    {name: Field(EXACT, f"The exact number of {name}.") for name in COUNTS},
)
CONTRACT = Form(
    "a contract",
    {
        "shape": Field(SHAPE, "Height x width x channels, or the number of features."),
        **TOTALS.fields,
    },
)
BUDGET = Form("a budget", {
    name: Field(AT_MOST, f"Upper bound on {name} with all heads that are kept.") for name in COUNTS
})  # fmt: skip
CHANGED_INPUT, CHANGED_BLOCK, CHANGED_HEAD = map(partial, (INPUT, BLOCK, HEAD))
#: What stands among the layers of `wrap` for what is wrapped.
INNER = "inner"
WRAP = Form("what is put around it", {
    "residual": _BODY["residual"],
    "layers": Field("wrap_items", f"Layers in order, with `{INNER}` for what is wrapped."),
    "branches": Field("wrap_branches", f"Parallel paths, with `{INNER}` for what is wrapped."),
    "merge": _BODY["merge"],
}, partial=True)  # fmt: skip
CHANGE = Form("an override", {
    "set": Field("set", "Keys that are given other values; a mapping of them alone means it."),
    "wrap": Field("wrap", "A residual connection, layers or branches around it."),
    "before": Field("items", "Layers put in before it."),
    "after": Field("items", "Layers put in after it."),
    "replace": Field("items", "Layers that take its place."),
})  # fmt: skip
PROVENANCE = Form("a note of provenance", {
    "topic": Field(TITLE, "What implementations disagree about.", required=True),
    "here": Field(TEXT, "What this spec does.", required=True),
    "others": Field("differences", "What others do, by their name.", required=True),
    "why": Field(TEXT, "Why this spec does what it does."),
})  # fmt: skip
DELETE = "delete"


def layer_form(op: Op) -> Form:
    """The form of an ``op:`` line."""
    return _LAYER_FORMS[op.name]


def line_form(op: Op) -> Form:
    """The form of an ``op:`` line that merges what it names."""
    return _LINE_FORMS[op.name]


def merge_form(op: Op) -> Form:
    """The form of a merge that gives its operator attributes."""
    return _MERGE_FORMS[op.name]


def defaults_form(op: Op) -> Form:
    """The form of an operator's entry under ``defaults:``, in which nothing is required."""
    return _DEFAULTS_FORMS[op.name]


def _attributes(op: Op) -> dict[str, Field]:
    return {
        attribute.name: Field(attribute.kind, attribute.doc, arguments=True)
        for attribute in op.attributes
    }


_OP = Field(NAME, "The operator.", required=True)
_AT_LEAST = {
    "at_least": Field(COUNT, "The fewest filters of this layer below width 1.", arguments=True)
}


def _scaled(op: Op) -> dict[str, Field]:
    """What a layer may say about its width: it is for those whose filters are scaled."""
    return _AT_LEAST if any(attribute.name == "fixed" for attribute in op.attributes) else {}


# Required attributes may come from `defaults`, so that the form asks for none of them.
_LAYER_FORMS = {
    op.name: Form(
        f"`{op.name}`",
        {
            "op": _OP,
            "name": _NAME_FIELD,
            "from": _SOURCE_FIELD,
            **_attributes(op),
            **_scaled(op),
            **_WHEN,
            **_REMARKS,
        },
    )
    for op in LAYER_OPS.values()
}
_SOURCES_FIELD = Field(SOURCES, "What it makes one tensor of, in this order.", required=True)
_LINE_FORMS = {
    op.name: Form(
        f"`{op.name}`",
        {
            "op": _OP,
            "name": _NAME_FIELD,
            "from": _SOURCES_FIELD,
            **_attributes(op),
            **_WHEN,
            **_REMARKS,
        },
    )
    for op in MERGE_OPS.values()
}
_MERGE_FORMS = {
    op.name: Form(f"`{op.name}`", {"op": _OP, **_attributes(op)}) for op in MERGE_OPS.values()
}
_DEFAULTS_FORMS = {
    op.name: Form(f"`{op.name}`", _attributes(op))
    for op in (*LAYER_OPS.values(), *MERGE_OPS.values())
    if op.attributes
}


def with_arguments(kind: Kind) -> dict[str, Any]:
    """The schema of a kind that also admits ``$name``, and expressions where it takes them."""
    schema = _with_arguments(kind.schema)
    if kind.expressions:
        schema["anyOf"].append(dict(EXPRESSION_SCHEMA))
    return schema


def _with_arguments(schema: Schema) -> dict[str, Any]:
    if schema.get("type") == "object":
        properties = {
            key: dict(value) if "const" in value else _with_arguments(value)
            for key, value in schema.get("properties", {}).items()
        }
        return {**schema, "properties": properties}
    if "anyOf" in schema:
        parts = [
            _with_arguments(part) if part.get("type") == "object" else dict(part)
            for part in schema["anyOf"]
        ]
        return {**schema, "anyOf": [*parts, dict(ARGUMENT_SCHEMA)]}
    return {"anyOf": [dict(schema), dict(ARGUMENT_SCHEMA)]}
