"""Naming schemes from YAML, read and checked as strictly as specs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Findings, Label, SpecError, finding
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.forms import NAME, TEXT, TEXTS
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.reading.document import Map, Seq, kind_of
from inceptionspec.frontend.reading.spec_files import SUFFIX, builtin_folder
from inceptionspec.frontend.reading.yaml_reader import decode, read
from inceptionspec.ops.attribute_types import POSITIVE, Kind
from inceptionspec.weights.naming.scheme import (
    COUNTED,
    PLACEHOLDER,
    RANKS,
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
)
_WORDS = re.compile(r"\{([^{}]*)\}")
_LAYOUT = Kind("`tensorflow` or `torch`", {"enum": ["tensorflow", "torch"]})
_NAMES = Kind(
    "a name, or a list of names",
    {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ]
    },
)
_VERSION = Kind(f"`{VERSION}`", {"const": VERSION})


class _Key(NamedTuple):
    """A key of a form: the kind of its value, or the name of a structure."""

    value: Kind | str
    required: bool = False


_SCHEME: Mapping[str, _Key] = MappingProxyType(
    {
        KEY: _Key(_VERSION, required=True),
        "name": _Key(NAME, required=True),
        "doc": _Key(TEXT, required=True),
        "sources": _Key(TEXTS, required=True),
        "networks": _Key(TEXTS),
        "format": _Key(TEXT),
        "layout": _Key(_LAYOUT),
        "epsilon": _Key(POSITIVE),
        "notes": _Key(TEXTS),
        "weights": _Key("weights", required=True),
        "batch_norm": _Key("weights"),
        "tables": _Key("tables"),
        "layers": _Key("rules", required=True),
    }
)
_RULE: Mapping[str, _Key] = MappingProxyType(
    {
        "path": _Key(TEXT, required=True),
        "as": _Key(_NAMES, required=True),
        "also": _Key(TEXTS),
        "weights": _Key("weights"),
    }
)


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
    check = _Check(Findings(limits))
    check.form(root, _SCHEME, "a naming scheme")
    if check.found:
        raise SpecError(check.found)
    scheme = check.scheme(root)
    if check.found:
        raise SpecError(check.found)
    return scheme


class _Check:
    """One check of a scheme, which collects its findings."""

    def __init__(self, found: Findings) -> None:
        self.found = found

    def form(self, value: Map, form: Mapping[str, _Key], title: str) -> None:
        """Check the keys of a mapping and the kinds of their values."""
        for key in value:
            if key not in form:
                message = f"{title} has no key `{shortened(key)}`"
                helps = did_you_mean(key, form) or (f"its keys are {listed(tuple(form))}",)
                self.found.append(finding("E0202", message, value.key_spans[key], *helps))
                continue
            kind, span, what = form[key].value, value.value_spans[key], f"`{key}`"
            if isinstance(kind, str):
                self._structures[kind](self, value[key], span, what)
            elif not admits(kind, value[key]):
                self.found.append(unfit(kind, value[key], what, span))
        missing = [key for key, of in form.items() if of.required and key not in value]
        if missing:
            message = f"{title} needs the key {listed(missing)}"
            self.found.append(finding("E0204", message, value.span))

    def _mapping(self, value: Any, span: Span, what: str) -> Map | None:
        if isinstance(value, Map):
            return value
        message = f"{what} must be a mapping"
        self.found.append(finding("E0201", message, Label(span, f"this is {kind_of(value)}")))
        return None

    def _weights(self, value: Any, span: Span, what: str) -> None:
        templates = self._mapping(value, span, what)
        for weight in templates or ():
            if weight not in WEIGHTS:
                message = f"no layer has a weight `{shortened(weight)}`"
                helps = did_you_mean(weight, WEIGHTS) or (f"weights are {listed(WEIGHTS)}",)
                self.found.append(finding("E0202", message, value.key_spans[weight], *helps))
            elif not admits(_NAMES, value[weight]):
                place = value.value_spans[weight]
                self.found.append(unfit(_NAMES, value[weight], f"`{weight}`", place))

    def _tables(self, value: Any, span: Span, what: str) -> None:
        for name in self._mapping(value, span, what) or ():
            place = value.value_spans[name]
            table = self._mapping(value[name], place, f"the table `{shortened(name)}`")
            if name in (*COUNTED, *RANKS, "path", "layer"):
                message = f"a table cannot be called `{name}`, which has a meaning of its own"
                self.found.append(finding("E0712", message, value.key_spans[name]))
            for word in table or ():
                if not admits(TEXT, value[name][word]):
                    at = value[name].value_spans[word]
                    self.found.append(unfit(TEXT, value[name][word], f"`{shortened(word)}`", at))

    def _rules(self, value: Any, span: Span, what: str) -> None:
        if not isinstance(value, Seq) or not value:
            message = f"{what} must be a list of rules"
            self.found.append(finding("E0201", message, Label(span, f"this is {kind_of(value)}")))
            return
        for item, place in zip(value, value.item_spans, strict=True):
            rule = self._mapping(item, place, "a rule")
            if rule is not None:
                self.form(rule, _RULE, "a rule")

    _structures: Mapping[str, Callable[[_Check, Any, Span, str], None]] = MappingProxyType(
        {"weights": _weights, "tables": _tables, "rules": _rules}
    )

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
            self.found.append(finding("E0712", message, rule.value_spans["path"], helps))
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
                self.found.append(finding("E0712", message, owner.value_spans[key], *helps))
            if re.search(r"[{}]", _WORDS.sub("", template)):
                message = f"`{shortened(template)}` has a brace without its other half"
                self.found.append(finding("E0712", message, owner.value_spans[key]))
