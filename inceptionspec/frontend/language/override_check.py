"""What is under `override`: the form of each change, before anything is known of the base."""

from __future__ import annotations

from typing import Any

from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import closest, listed
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.form_checker import FormChecker, Walk
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.language.misplaced import KEYS_OF_ITEMS, is_away, short
from inceptionspec.frontend.reading.document import Map, Seq

# Every key that `set` may give something.
KEYS_OF_SETS = KEYS_OF_ITEMS | {*language.HEAD.fields, *language.INPUT.fields}
_SECTIONS = ("args", "blocks", "defaults", "end_points")


def _places_of_inner(body: Any) -> int:
    """How often `wrap` names what is wrapped, in its layers or its branches."""
    if isinstance(body, Map):
        return sum(map(_places_of_inner, body.values()))
    if not isinstance(body, Seq):
        return 0
    return sum(part == language.INNER or _places_of_inner(part) for part in body)


def without_inner(body: Any) -> Any:
    """Layers or branches without the word for what is wrapped."""
    if isinstance(body, Map):
        result = body.merged(Map(body.span))
        for name in body:
            result[name] = without_inner(body[name])
        return result
    if not isinstance(body, Seq):
        return body
    rest = Seq(body.span)
    for part, span in zip(body, body.item_spans, strict=True):
        if part != language.INNER:
            rest.put(without_inner(part) if isinstance(part, Seq) else part, span)
    return rest


def _means_a_change(key: str) -> bool:
    """Whether a key under an override is a misspelled word for a change, not what is set."""
    if key in KEYS_OF_SETS or key == DELETE:
        return key == DELETE
    words = (*language.CHANGE.fields, *KEYS_OF_SETS)
    return closest(key, words, least=0.7) in language.CHANGE.fields


def check_override(checker: FormChecker, value: Any, span: Span, what: str) -> None:
    """Check the changes under `override`, one by one."""
    if not isinstance(value, Map):
        helps = ["write each change under its path, as `PATH: {...}`"]
        checker.wrong_kind(value, span, "a mapping", what, helps if isinstance(value, Seq) else ())
        return
    for path in value:
        change, change_span = value[path], value.value_spans[path]
        # What a number or a text may be meant for depends on the base: see `inheritance`.
        if isinstance(change, (str, int, float)):
            continue
        if not isinstance(change, Map):
            checker.wrong_kind(
                change,
                change_span,
                "`delete` or a mapping of what it changes",
                f"the override of `{shortened(path)}`",
                [f"write `{shortened(path)}: {DELETE}` to leave it out"] if change is None else (),
            )
            continue
        bare = change.keys().isdisjoint(language.CHANGE.fields)
        if path in (*_SECTIONS, "heads") and bare:
            _section_alone(checker, path, change, value.key_spans[path])
            continue
        if DELETE in change:
            checker.add(
                "E0202",
                f"`{DELETE}` is not a key of an override",
                change.key_spans[DELETE],
                "stands for the whole change",
                [f"write `{shortened(path)}: {DELETE}`"],
            )
            continue
        if change and bare and not any(map(_means_a_change, change)):
            continue  # keys that are set, which are checked when they are
        checker.form(change, language.CHANGE)
        if not change:
            checker.add(
                "E0208",
                f"the override of `{shortened(path)}` changes nothing",
                change_span,
                "empty",
                [f"use {listed([*language.CHANGE.fields, DELETE], 'or')}"],
            )
        elif "replace" in change and len(change) > 1:
            checker.add(
                "E0208",
                f"an override cannot have {listed(list(change))} at once",
                change.key_spans["replace"],
                "must be alone",
                ["make the other changes in the layers that replace it"],
            )


def check_wrap(checker: FormChecker, value: Any, span: Span, what: str) -> None:
    """What is put around something, which has its place there once."""
    if not isinstance(value, Map):
        checker.wrong_kind(
            value,
            span,
            "a mapping such as `{residual: true}`",
            what,
            [f"write `{{layers: [..., {language.INNER}, ...]}}`"]
            if isinstance(value, Seq)
            else ["write `{residual: true}`"] * (value == "residual"),
        )
        return
    checker.form(value, language.WRAP)
    bodies = [value[key] for key in ("layers", "branches") if key in value]
    places = sum(_places_of_inner(body) for body in bodies)
    if bodies and places != 1:
        key = "layers" if "layers" in value else "branches"
        checker.add(
            "E0208",
            f"`{key}` of `wrap` must hold `{language.INNER}` once, for what is wrapped",
            value.key_spans[key],
            f"it is there {places} times" if places else "it is not there",
            ["write `before` or `after` for layers beside it"] if not places else (),
        )
    elif not bodies and value.keys() <= {"merge"}:
        checker.add(
            "E0208",
            "`wrap` puts nothing around it",
            span,
            "empty",
            [
                "write `{residual: true}`, or `layers` or `branches` with "
                f"`{language.INNER}` in them"
            ],
        )


def _section_alone(checker: FormChecker, section: str, change: Map, span: Span) -> None:
    """Refuse a whole section under `override`, whose keys are single names."""
    name = next(iter(change), "NAME")
    value = change.get(name)
    key = name if section == "heads" else f"{section}.{name}"
    written = "{...}" if isinstance(value, (Map, Seq)) else short(value)
    help_ = f"write `{section}: {{{shortened(name)}: {written}}}` next to `override`"
    if isinstance(value, Map) and not language.CHANGE.fields.keys().isdisjoint(value):
        help_ = f"write `{shortened(key)}: {{...}}`"
    if value == DELETE:
        help_ = f"write `{shortened(key)}: {DELETE}`"
    checker.add(
        "E0310",
        f"the override `{section}` names a whole section",
        span,
        "one key for each name",
        [help_],
    )


def check_changed(
    checker: FormChecker, section: str, walk: Walk, value: Any, span: Span, what: str
) -> None:
    """Check a section of a variant whose entries may change those of the base.

    What belongs under `override` is reported with its key there.

    Args:
        checker: collects findings.
        section: the section.
        walk: checks the entries themselves.
    """
    if not isinstance(value, Map):
        away = section == "heads" and is_away(value)
        helps = ["write `main: none`, which leaves out all heads"] if away else ()
        checker.wrong_kind(value, span, "a mapping", what, helps)
        return
    misplaced = []
    for name, part in value.items():
        key = shortened(name if section == "heads" else f"{section}.{name}")
        words = [word for word in language.CHANGE.fields if isinstance(part, Map) and word in part]
        if is_away(part):
            help_ = f"write `{key}: {DELETE}` under `override`"
            checker.wrong_kind(
                part, value.value_spans[name], "a mapping", f"`{shortened(name)}`", [help_]
            )
        elif words:
            checker.add(
                "E0202",
                f"`{words[0]}` is not a key of a {section[:-1]}",
                part.key_spans[words[0]],
                "belongs under `override`",
                [f"write `{key}: {{{words[0]}: ...}}` under `override`"],
            )
        if words or is_away(part):
            misplaced.append(name)
    walk(value.without(*misplaced), span, what)
