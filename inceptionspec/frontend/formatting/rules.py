"""The rules of the layout: the order of keys, and what is written over several lines."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.frontend.formatting.parts import Collection, Scalar
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language import recipe_forms
from inceptionspec.frontend.language.form import NAME, TEXT, TEXTS, Field, Form
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS


class Rule(NamedTuple):
    """How the collections of one structure are laid out.

    Keys are in the order of ``form``, other keys after them. Keys that the form does not name,
    and items of lists, have the structure ``inside``. ``long`` collections always have one
    entry per line.
    """

    form: Form | None = None
    inside: str = ""
    long: bool = False


# An override may change anything: its keys keep their order, but their values are known.
_KNOWN_ANYWHERE: Mapping[str, str] = MappingProxyType(
    {
        key: field.value
        for form in (language.PART, language.HEAD, language.CALL, language.INPUT)
        for key, field in form.fields.items()
        if isinstance(field.value, str)
    }
)
_ANY = Rule()
#: Languages whose files this room lays out, but does not check: their keys are known here by
#: their order alone.
FOREIGN = ("scheme", "rules", "rule", "templates", "tables")
_SCHEME = Form("a naming scheme", {
    key: Field(value, "")
    for key, value in (
        ("naming", TEXT), ("name", NAME), ("doc", TEXT), ("sources", TEXTS),
        ("networks", TEXT), ("format", TEXT), ("layout", TEXT), ("epsilon", TEXT),
        ("notes", TEXTS), ("weights", "templates"), ("batch_norm", "templates"),
        ("tables", "tables"), ("layers", "rules"),
    )
})  # fmt: skip
_SCHEME_RULE = Form("a rule", {key: Field(TEXT, "") for key in ("path", "as", "also", "weights")})
_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "spec": Rule(language.SPEC, long=True),
        "variant": Rule(language.VARIANT, long=True),
        "texts": Rule(long=True),
        "provenance": Rule(inside="note", long=True),
        "note": Rule(language.PROVENANCE, long=True),
        "input": Rule(language.INPUT),
        "changed_input": Rule(language.INPUT),
        "preprocessing": Rule(language.PREPROCESSING),
        "width": Rule(language.WIDTH),
        "arguments": Rule(inside="argument"),
        "argument": Rule(language.ARGUMENT),
        "defaults": Rule(long=True),
        "blocks": Rule(inside="block", long=True),
        "block": Rule(language.BLOCK, long=True),
        "changed_blocks": Rule(inside="block", long=True),
        "parameters": Rule(inside="parameter"),
        "parameter": Rule(language.PARAMETER),
        "items": Rule(inside="item", long=True),
        "call": Rule(language.CALL),
        "part": Rule(language.PART),
        "branches": Rule(inside="items", long=True),
        "residual": Rule(language.RESIDUAL),
        "heads": Rule(inside="head", long=True),
        "head": Rule(language.HEAD, long=True),
        "changed_heads": Rule(inside="head", long=True),
        "override": Rule(inside="change", long=True),
        "change": Rule(language.CHANGE),
        "wrap": Rule(language.WRAP),
        "wrap_items": Rule(inside="item", long=True),
        "wrap_branches": Rule(inside="wrap_items", long=True),
        "expect": Rule(inside="contract", long=True),
        "contract": Rule(language.CONTRACT),
        "budget": Rule(language.BUDGET),
        "scheme": Rule(_SCHEME, long=True),
        "rules": Rule(inside="rule", long=True),
        "rule": Rule(_SCHEME_RULE),
        "templates": Rule(long=True),
        "tables": Rule(long=True),
        "recipe": Rule(recipe_forms.RECIPE, long=True),
        "phases": Rule(inside="phase", long=True),
        "phase": Rule(recipe_forms.PHASE),
        "augmentation": Rule(recipe_forms.AUGMENTATION, long=True),
    }
)
#: Lists of layers that are written on one line if they hold one layer.
_BRIEF = "brief"
#: Top-level keys that start a section, with an empty line before.
_SECTIONS = ("defaults", "blocks", "network", "main", "heads", "override", "expect", "provenance")


def rule_for(structure: str, node: Collection) -> Rule:
    """The rule for a collection that stands where some structure is expected."""
    if structure == _BRIEF:
        return Rule(inside="item", long=len(node.entries) > 1)
    if structure == "item":
        return _item_rule(node)
    if structure == "change" and _is_bare(node):
        return _ANY
    if structure == "merge":
        op = MERGE_OPS.get(_given(node, "op"))
        return _ANY if op is None else Rule(language.merge_form(op))
    kind, _, name = structure.partition(" ")
    if kind == "defaults" and name in OPS and OPS[name].attributes:
        return Rule(language.defaults_form(OPS[name]))
    return _RULES.get(structure, _ANY)


def root_structure(root: Collection) -> str:
    """Whether a text is a spec, a variant, a recipe or a naming scheme."""
    keys = root.keys()
    for key, structure in ((recipe_forms.KEY, "recipe"), ("naming", "scheme")):
        if key in keys and "spec" not in keys:
            return structure
    return "variant" if "extends" in keys else "spec"


def inside(structure: str, rule: Rule, key: str | None) -> str:
    """The structure that is expected under a key, or at an item."""
    if key is None:
        return _BRIEF if structure == "branches" else rule.inside
    if structure == "set" or (structure == "change" and rule.form is None):
        return _KNOWN_ANYWHERE.get(key, "")
    if structure == "defaults":
        return f"defaults {key}"
    if rule.form is None or key not in rule.form.fields:
        return rule.inside
    field = rule.form.fields[key]
    if rule.form is language.CHANGE and field.value == "items":
        return _BRIEF
    if field.value is TEXTS:
        return "texts"
    if structure == "recipe" and key in _RULES:
        return key
    return field.value if isinstance(field.value, str) else ""


def apart(structure: str, previous: str, key: str) -> bool:
    """Whether two entries are always separated by an empty line."""
    if structure == "blocks":
        return True
    if structure not in ("spec", "variant") or key not in _SECTIONS:
        return False
    if key == "heads":
        return previous != "main"
    # A short variant is its base and its override, and stays one piece.
    return key != "override" or previous in _SECTIONS


def _is_bare(node: Collection) -> bool:
    """Whether a change is a mapping of what it sets."""
    return language.CHANGE.fields.keys().isdisjoint(node.keys())


def _item_rule(node: Collection) -> Rule:
    keys = [_key(entry.key) for entry in node.entries]
    if "op" in keys:
        name = _given(node, "op")
        if name in MERGE_OPS:
            return Rule(language.line_form(MERGE_OPS[name]))
        return Rule(language.layer_form(LAYER_OPS[name])) if name in LAYER_OPS else _ANY
    return _RULES["call" if "block" in keys else "part"]


def _given(node: Collection, key: str) -> str:
    """The text of a scalar under a key."""
    for entry in node.entries:
        if _key(entry.key) == key and isinstance(entry.value, Scalar):
            return entry.value.text
    return ""


def _key(key: Scalar | None) -> str | None:
    return None if key is None else key.text
