"""A sweep as a file: what is varied, how, and what is kept; checked as a spec is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.language.form import TEXT, TITLE, Field, Form, OneOrSeveral
from inceptionspec.frontend.language.form_checker import FormChecker
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.frontend.reading.spec_files import is_builtin_name
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.ops.attribute_types import BOOL, COUNT, Kind
from inceptionspec.sweep.evaluate import MOST, QUANTITIES
from inceptionspec.sweep.knobs import SPEC, Setting, values_of

KEY = "sweep"
"""The first key of a sweep file, as `spec` is that of a spec."""
VERSION = 1
_WHOLE = Kind("a whole number of at least 0", {"type": "integer", "minimum": 0, "maximum": 1 << 31})
_FIGURE = Kind(
    "a figure, such as `macs` or `field:max`",
    {
        "anyOf": [
            {"enum": [f"{name}{most}" for most in ("", MOST) for name in QUANTITIES]},
            {"type": "string", "minLength": 1},  # an unknown figure has a finding of its own
        ]
    },
)
FRONT = OneOrSeveral("a figure, or a list of some, such as `[macs, params]`", _FIGURE, 8)
VALUES = OneOrSeveral(
    "a value, a range such as `96..160:32`, or a list of these",
    Kind("a value, or a range such as `96..160:32`", {"type": ["string", "number", "boolean"]}),
)
_ROWS = Kind(
    "a whole number of at least 1, or `all`",
    {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]},
)
FILE = Form("a sweep", {
    KEY: Field(Kind(f"`{VERSION}`", {"const": VERSION}), "Version of the language.", required=True),
    "name": Field(TITLE, "What the sweep is called."),
    "doc": Field(TEXT, "What it is for."),
    SPEC: Field(TEXT, "The base: a built-in name, or a path relative to this file.", required=True),
    "vary": Field("vary", "Knobs, each with its values.", required=True),
    "sample": Field(COUNT, "How many variants are tried, drawn from all; all unless given."),
    "evolve": Field(COUNT, "How many are tried by an evolution on the front."),
    "seed": Field(_WHOLE, "What all draws follow from; 0 unless given."),
    "where": Field(TEXT, "The constraint, such as `macs < 2e9 and params < 10e6`."),
    "front": Field("front", "What the front is made by; `[macs, params]` unless given."),
    "sort": Field(_FIGURE, "The figure that the table is sorted by; the first of `front`."),
    "top": Field(_ROWS, "The rows of the table at most; 20 unless given."),
    "digests": Field(BOOL, "Whether digests of documents are computed too."),
})  # fmt: skip


@dataclass(frozen=True)
class SweepFile:
    """What a sweep file says.

    Attributes:
        source: the file.
        spec: the base, with the file's folder where it is a path.
        settings: what is varied.
        options: the other keys as they are written.
        places: of their values, and of that of ``spec``.
    """

    source: Source
    spec: str
    settings: tuple[Setting, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Span] = field(default_factory=dict)

    def place_of(self, key: str, item: str) -> Span | None:
        """Where a key has a text, alone or in a list; None where it has not."""
        value = self.options.get(key)
        if isinstance(value, Seq) and item in value:
            return value.item_spans[value.index(item)]
        return self.places[key] if value == item else None


def read_sweep(source: Source, limits: Limits = DEFAULT_LIMITS) -> SweepFile:
    """Read a sweep file.

    Raises:
        SpecError: with every finding about its form, each at its place.
    """
    root = read(source, limits)
    checker = FormChecker(limits)
    values, front = checker.one_or_several(VALUES), checker.one_or_several(FRONT)
    checker.named = {"vary": checker.mapping_of(values), "front": front}
    help_ = ("this is a network: start a sweep with `sweep: 1`, and name it under `spec`",)
    if checker.version(root, KEY, VERSION, "a sweep", help_ * ("network" in root)):
        checker.form(root, FILE)
        if "sample" in root and "evolve" in root:
            span = root.key_spans["evolve"]
            checker.add("E0210", "a sweep samples or evolves", span, helps=("keep one of the two",))
    if checker.findings:
        raise SpecError(checker.findings)

    def beside(reference: str) -> str:
        folder = os.path.dirname(source.path or source.name)
        return reference if is_builtin_name(reference) else os.path.join(folder, reference)

    rest = {key: root[key] for key in root if key not in (KEY, "name", "doc", SPEC, "vary")}
    return SweepFile(
        source,
        beside(root[SPEC]),
        tuple(_settings(root["vary"], beside)),
        rest,
        {key: root.value_spans[key] for key in (SPEC, *rest)},
    )


def _settings(section: Map, beside: Callable[[str], str]) -> Iterator[Setting]:
    for name, value in section.items():
        place = section.value_spans[name]
        items, spans = (value, value.item_spans) if isinstance(value, Seq) else ([value], [place])
        written = [item if isinstance(item, str) else value_text(item) for item in items]
        places = values_of(written, name, place, spans)
        if name == SPEC:
            places = {beside(value): at for value, at in places.items()}
        yield Setting(name, tuple(places), place, places)
