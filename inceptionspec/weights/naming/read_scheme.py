"""Naming schemes from YAML, read and checked as strictly as specs."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.form import NAME, TEXT, TEXTS, Field, Form, Listed, Section
from inceptionspec.frontend.language.form_checker import FormChecker
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import SUFFIX, builtin_folder
from inceptionspec.frontend.reading.yaml_reader import decode, read
from inceptionspec.ops.attribute_types import POSITIVE, Kind
from inceptionspec.weights.naming.scheme import (
    COUNTED,
    PLACEHOLDER,
    RANKS,
    Layout,
    Rule,
    Scheme,
    compiled,
)

KEY = "naming"
"""The first key of a naming scheme, as `spec` is that of a spec."""
VERSION = 1
WEIGHTS = (
    "kernel",
    "depthwise_kernel",
    "pointwise_kernel",
    "bias",
    "beta",
    "gamma",
    "moving_mean",
    "moving_variance",
    "alpha",
    "mean",
    "variance",
    "count",
)
_WORDS = re.compile(r"\{([^{}]*)\}")
_LAYOUTS = get_args(Layout)
_LAYOUT = Kind(listed(_LAYOUTS, "or"), {"enum": list(_LAYOUTS)})
_NAMES = Kind(
    "a name, or a list of names",
    {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ]
    },
)

_TEMPLATES = Form(
    "the names of weights",
    {name: Field(_NAMES, f"Of `{name}`: a template, or several to try.") for name in WEIGHTS},
)
_RULE = Form("a rule", {
    "path": Field(TEXT, "A pattern of paths.", required=True),
    "as": Field(_NAMES, "The layer's name: a template, or one for each rank.", required=True),
    "also": Field(TEXTS, "Templates of names that the layer may have instead."),
    "weights": Field(Section(_TEMPLATES), "Templates that differ from the scheme's."),
})  # fmt: skip
_SCHEME = Form("a naming scheme", {
    KEY: Field(Kind(f"`{VERSION}`", {"const": VERSION}), "Version of the language.", required=True),
    "name": Field(NAME, "What it is called, as its file.", required=True),
    "doc": Field(TEXT, "Whose names these are.", required=True),
    "sources": Field(TEXTS, "Where the names are from.", required=True),
    "networks": Field(TEXTS, "The built-in specs, all of whose layers it names."),
    "format": Field(TEXT, "Words in the format of the files that this scheme alone reads."),
    "layout": Field(_LAYOUT, "That of kernels; `tensorflow` unless given."),
    "epsilon": Field(POSITIVE, "Of the source's norms, where it is not the spec's."),
    "notes": Field(TEXTS, "What else differs between the source's network and the spec's."),
    "weights": Field(Section(_TEMPLATES), "Templates of names, by weight.", required=True),
    "batch_norm": Field(Section(_TEMPLATES), "The same for layers without a product."),
    "tables": Field("tables", "Other words, by the name of the table and the word."),
    "layers": Field(Listed("a rule", Section(_RULE), 1), "The rules, in order.", required=True),
})  # fmt: skip


@cache
def builtin_schemes() -> tuple[Scheme, ...]:
    """Every scheme that comes with the package, in alphabetical order."""
    folder = builtin_folder() / KEY
    files = sorted(file for file in os.listdir(folder) if file.endswith(SUFFIX))
    return tuple(
        read_scheme(decode((folder / file).read_bytes(), f"specs/{KEY}/{file}", folder / file))
        for file in files
    )


def read_scheme(source: Source, limits: Limits = DEFAULT_LIMITS) -> Scheme:
    """A scheme from its text.

    Raises:
        SpecError: with every finding, each at its place: YAML (E01), keys and values (E02),
            patterns and templates (E0712).
    """
    root = read(source, limits)
    check = _Check(limits)
    if check.version(root, KEY, VERSION, "a naming scheme"):
        check.form(root, _SCHEME)
    if check.findings:
        raise SpecError(check.findings)
    scheme = check.scheme(root)
    if check.findings:
        raise SpecError(check.findings)
    return scheme


class _Check(FormChecker):
    """One check of a scheme: its form, then its patterns and templates."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.named = {"tables": self._tables}

    def _tables(self, value: Any, span: Span, what: str) -> None:
        words = self.scalars(TEXT)
        for name, table, place in self.entries(value, span, what):
            words(table, place, f"the table `{name}`")
            if name in (*COUNTED, *RANKS, "path", "layer"):
                message = f"a table cannot be called `{name}`, which has a meaning of its own"
                self.add("E0712", message, value.key_spans[name])

    def scheme(self, root: Map) -> Scheme:
        """The scheme of a document whose form is right."""
        tables = {name: dict(words) for name, words in root.get("tables", {}).items()}
        return Scheme(
            name=root["name"],
            doc=root["doc"],
            sources=tuple(root["sources"]),
            networks=tuple(root.get("networks", ())),
            format=root.get("format", ""),
            layout=root.get("layout", "tensorflow"),
            epsilon=None if "epsilon" not in root else float(root["epsilon"]),
            weights=self._templates(root, "weights", ()),
            batch_norm=self._templates(root, "batch_norm", ()),
            tables=tables,
            rules=tuple(self._rule(rule, tables) for rule in root["layers"]),
            notes=tuple(root.get("notes", ())),
        )

    def _rule(self, rule: Map, tables: Mapping[str, Mapping[str, str]]) -> Rule:
        pattern = rule["path"]
        bound = re.findall(r"\{([^{}]*)\}", pattern)
        wrong = [word for word in bound if not PLACEHOLDER.fullmatch(f"{{{word}}}")]
        matches = re.compile("")
        if wrong or len(set(bound)) < len(bound) or re.search(r"[{}]", _WORDS.sub("", pattern)):
            message = f"`{shortened(pattern)}` is not a pattern of paths"
            helps = "write `Mixed_{block}/Branch_0/*`, each name in braces once"
            self.add("E0712", message, rule.value_spans["path"], helps=[helps])
        else:
            matches = compiled(pattern, tables)
        known = (*bound, "path", *RANKS, *COUNTED)
        given = rule["as"]
        names = (given,) if isinstance(given, str) else tuple(given)
        also = tuple(rule.get("also", ()))
        for key in ("as", "also"):
            self._check_template(names if key == "as" else also, known, rule, key)
        return Rule(pattern, matches, names, also, self._templates(rule, "weights", bound))

    def _templates(
        self, owner: Map, key: str, bound: Collection[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """The templates of weights under a key."""
        found: dict[str, tuple[str, ...]] = {}
        for weight, given in owner.get(key, {}).items():
            found[weight] = (given,) if isinstance(given, str) else tuple(given)
            known = (*bound, "layer", "path", *RANKS, *COUNTED)
            self._check_template(found[weight], known, owner[key], weight)
        return MappingProxyType(found)

    def _check_template(
        self, templates: Iterable[str], known: Collection[str], owner: Map, key: str
    ) -> None:
        for template in templates:
            words = _WORDS.findall(template)
            for word in words:
                placeholder = PLACEHOLDER.fullmatch(f"{{{word}}}")
                if placeholder is not None and placeholder[1] in known:
                    continue
                message = f"`{{{shortened(word)}}}` stands for nothing here"
                helps = did_you_mean(word, known) or (f"known are {listed(sorted(known))}",)
                self.add("E0712", message, owner.value_spans[key], helps=helps)
            if re.search(r"[{}]", _WORDS.sub("", template)):
                message = f"`{shortened(template)}` has a brace without its other half"
                self.add("E0712", message, owner.value_spans[key])
