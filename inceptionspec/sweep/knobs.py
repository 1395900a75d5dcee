"""What a user varies to knobs of the networks: names are looked up, ranges written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, finding, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.patterns import fault, matching, nearest
from inceptionspec.frontend.expansion.tree import Scope, walk
from inceptionspec.frontend.language.forms import SIZE
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.settings import WIDEST
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.sweep.bases import OpenBase
from inceptionspec.sweep.records import Knob, KnobKind
from inceptionspec.sweep.variant_text import size_of

SPEC, MOVE, WIDTH, INPUT, REPEAT = "spec", "move", "width", "input", "repeat"
KNOBS: Mapping[str, str] = {
    WIDTH: "The width multiplier, as `0.5..1:0.25`.",
    INPUT: "The input size, as `[224, 299x200]`; a number alone is a square.",
    MOVE: "Moves of `specbuild rewrite`, as `[none, separable@Mixed_7*/*/*]`.",
    SPEC: "Whole networks: built-in names, or paths relative to this file.",
}
"""Knobs that every network has. Others are its arguments, those of calls, and repeats."""
UNMOVED = "none"
"""The value of ``move`` that leaves a base as it is."""
MOST_VALUES = 1_000_000
"""The most values of a knob."""
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::({_NUMBER}))?")


class Setting(NamedTuple):
    """What a user varies: a name, its values as written, and where.

    ``places`` are those of single values, where they have some of their own.
    """

    name: str
    values: tuple[str, ...]
    place: Span
    places: Mapping[str, Span] = MappingProxyType({})

    def place_of(self, value: str) -> Span:
        """Where a value is written."""
        return self.places.get(value, self.place)


def parse_setting(text: str) -> Setting:
    """A setting of the command line, as ``Mixed_6b.filters_7=96..160:32``.

    Raises:
        SpecError: it is none, or has no value (E0931).
    """
    place = external(f"--vary {shortened(text, 200)}")
    name, equals, values = text.partition("=")
    if not (name and equals):
        message = "`--vary` needs a knob and its values"
        raise spec_error("E0931", message, place, "write it as `--vary width=0.5,0.75,1`")
    return Setting(name, tuple(values_of(values.split(","), name, place)), place)


def setting_of(name: str, values: Any) -> Setting:
    """A setting of Python: a value, a range as a text, or several of these.

    Raises:
        SpecError: it has no value (E0931).
    """
    place = external(shortened(f"vary={{{name!r}: ...}}", 200))
    several = isinstance(values, Iterable) and not isinstance(values, str)
    texts = [_text(value) for value in (values if several else [values])]
    return Setting(name, tuple(values_of(texts, name, place)), place)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else value_text(value)


def values_of(
    written: Iterable[str], name: str, place: Span, places: Sequence[Span] = ()
) -> Mapping[str, Span]:
    """Values with ranges such as ``96..160:32`` written out, each once, and where each is written.

    Args:
        written: values and ranges.
        name: of the knob.
        place: of all values.
        places: of each of them, where they have places of their own.

    Raises:
        SpecError: there is none, or a range has none (E0931).
    """
    found: dict[str, Span] = {}
    for one, at in zip(written, places or repeat(place), strict=False):
        text = one.strip()
        if not text:
            raise _no_value(name, at)
        for value in _in_range(text, name, at):
            found.setdefault(value, at)
            if len(found) > MOST_VALUES:
                message = f"`{shortened(name)}` has more than {MOST_VALUES:,} values"
                raise spec_error("E0932", message, place, "give a range a larger step")
    if not found:
        raise _no_value(name, place)
    return found


def _no_value(name: str, place: Span) -> SpecError:
    message = f"`{shortened(name)}` has an empty value: the grid would be empty"
    return spec_error("E0931", message, place, "values are separated by commas, as `0.5,0.75`")


def _in_range(text: str, name: str, place: Span) -> Iterator[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        if ".." in text and name != SPEC:
            message = f"`{shortened(text)}` is no range"
            raise spec_error("E0931", message, place, "write it as `96..160:32`, first..last:step")
        yield text
        return
    first, last = Decimal(match[1]), Decimal(match[2])
    if match[3] is None and any("." in part for part in match.groups("0")):
        help_ = f"give its step, as `{text}:0.25`"
        raise spec_error("E0931", f"the range `{text}` has no step", place, help_)
    step = Decimal(match[3] or 1)
    if step <= 0 or first > last:
        message = f"the range `{text}` is empty"
        helps = "write the smaller end first, and a step above 0"
        raise spec_error("E0931", message, place, helps)
    value = first
    while value <= last:
        yield f"{value.normalize():f}"
        value += step


class Found(NamedTuple):
    """A knob, and the paths that it changes in each base."""

    knob: Knob
    paths: tuple[tuple[str, ...], ...]


def find_knobs(settings: Sequence[Setting], bases: Sequence[OpenBase]) -> tuple[Found, ...]:
    """The knobs that some names mean in some networks.

    Raises:
        SpecError: a name means nothing in any of them (E0930), is given twice, or has a value
            that it can never take (E0931).
    """
    findings: list[Diagnostic] = []
    found: dict[tuple[str, tuple[tuple[str, ...], ...], str], Found] = {}
    for setting in settings:
        one = _found(setting, bases)
        if isinstance(one, Diagnostic):
            findings.append(one)
            continue
        key = (one.knob.kind, one.paths, one.knob.key)
        if key in found:
            message = f"`{shortened(setting.name)}` is varied twice"
            findings.append(finding("E0931", message, setting.place, "give all its values at once"))
        found[key] = one
        findings += _wrong_values(one.knob, setting)
    if findings:
        raise SpecError(findings)
    return tuple(found.values())


def _found(setting: Setting, bases: Sequence[OpenBase]) -> Found | Diagnostic:
    name, values = setting.name, setting.values
    nowhere = ((),) * len(bases)
    plain: dict[str, KnobKind] = {SPEC: "spec", MOVE: "move", WIDTH: "width", INPUT: "input"}
    if name in plain:
        return Found(Knob(name, plain[name], values), nowhere)
    argument = name.removeprefix("args.")
    if any(argument in base.arguments for base in bases):
        return Found(Knob(name, "argument", values, key=argument), nowhere)
    pattern, _, key = name.rpartition(".")
    paths = tuple(tuple(matching(pattern, _with_key(key, base))) for base in bases)
    if any(paths):
        kind: KnobKind = "repeat" if key == REPEAT else "call"
        return Found(Knob(name, kind, values, pattern, key), paths)
    return _unknown(setting, pattern, key, bases)


def _with_key(key: str, base: OpenBase) -> tuple[str, ...]:
    """The paths that have an argument, or are repeated."""
    if key == REPEAT:
        return base.repeats
    return tuple(path for path, arguments in base.calls.items() if key in arguments)


def _unknown(setting: Setting, pattern: str, key: str, bases: Sequence[OpenBase]) -> Diagnostic:
    """The finding that a name is no knob, with the closest one."""
    known = dict.fromkeys((WIDTH, INPUT, SPEC, MOVE))
    for base in bases:
        known |= dict.fromkeys(base.arguments)
        for path, arguments in base.calls.items():
            known |= dict.fromkeys(f"{path}.{one}" for one in sorted(arguments))
        known |= dict.fromkeys(f"{path}.{REPEAT}" for path in base.repeats)
    helps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    called = [path for base in bases for path in base.calls if path in matching(pattern, [path])]
    if called:
        own = sorted({f"{key}" for base in bases for key in base.calls.get(called[0], ())})
        if any(called[0] in base.repeats for base in bases):
            own.append(REPEAT)
        helps = did_you_mean(setting.name, [f"{pattern}.{one}" for one in own])
        notes = (
            (f"`{called[0]}` has {listed(own)}",) if own else (f"`{called[0]}` has no argument",)
        )
    else:
        helps = (fault(pattern) if pattern else ()) or did_you_mean(setting.name, known)
        if not helps and pattern:
            helps = nearest(pattern, list({path for base in bases for path in base.calls}), ())
        plain = [name for name in known if "." not in name]
        calls = [f"`{name}`" for name in known if "." in name][:1]
        more = f", and arguments of calls as {calls[0]}" if calls else ""
        notes = (f"knobs are {listed(plain)}{more}",)
        if key != REPEAT and any(matching(pattern, _layers(base)) for base in bases):
            name = shortened(key)
            helps = (
                f"write `{name}: $n` in that layer and `args: {{n: ...}}` in the spec, vary `n`",
            )
    message = f"`{bases[0].loaded.name}` has no knob `{shortened(setting.name)}`"
    return Diagnostic("E0930", message, Label(setting.place), (), helps, notes)


def _layers(base: OpenBase) -> list[str]:
    """The paths of the layers of a base."""
    return [path for path, node, _ in walk(base.loaded.tree) if not isinstance(node, Scope)]


def _wrong_values(knob: Knob, setting: Setting) -> Iterator[Diagnostic]:
    """Findings for values that fit no network."""
    for value in knob.values:
        place = setting.place_of(value)
        if knob.kind == "width" and not _is_width(value):
            message = f"the width must be a number above 0, not `{shortened(value)}`"
            yield finding("E0931", message, place, "0.5 halves every number of filters")
        elif knob.kind == "input" and not admits(SIZE, size_of(value)):
            message = f"the input size must be {SIZE.expected}, not `{shortened(value)}`"
            yield finding("E0931", message, place)
        elif knob.kind == "repeat" and not re.fullmatch("[1-9][0-9]{0,5}", value):
            message = f"a repeat is a whole number above 0, not `{shortened(value)}`"
            yield finding("E0931", message, place)


def _is_width(value: str) -> bool:
    try:
        return 0 < float(value) <= WIDEST
    except ValueError:
        return False
