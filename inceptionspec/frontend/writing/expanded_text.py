"""The expanded spec as text, if that text keeps to the limits and can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, finding
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.frontend.expansion.tree import Scope, join, walk
from inceptionspec.frontend.writing.expanded_spec import Data
from inceptionspec.frontend.writing.yaml_writer import spec_text

#: Start and end of the stream and of its document, which the reader counts too.
_AROUND = 4
#: Mappings whose keys are names that paths go through.
_OF_NAMES = ("branches", "heads")


def expanded_text(data: Data, tree: Scope, limits: Limits) -> str:
    """The expanded spec as text that reads back under the same limits.

    A few lines with calls and repeats can stand for more, or for deeper nesting, than one text
    may hold.

    Raises:
        SpecError: the text would pass a limit of texts.
    """
    events = _AROUND
    for value, depth, path in _parts(data):
        is_collection = isinstance(value, (dict, list))
        if is_collection and depth > limits.depth:
            raise SpecError([_too_deep(tree, limits.depth, path)])
        events += 2 if is_collection else 1
    text = spec_text(data)
    passed = (
        ("E0501", "text", len(text.encode()), limits.text, "bytes"),
        ("E0502", "events", events, limits.events, "parts"),
    )
    findings = [
        finding(
            code,
            f"the expanded text has {count:,} {unit}, and no spec may have more than {most:,}",
            "--expanded",
            "write out one part of it with `--path PATH`",
            f"more can be allowed with `--limit {limit}=N`, here and where the text is read",
        )
        for code, limit, count, most, unit in passed
        if count > most
    ]
    if findings:
        raise SpecError(findings)
    return text


def _parts(data: Any) -> Iterator[tuple[Any, int, str]]:
    """Every key, value and item, how many collections it opens or is in, and its path."""
    waiting: list[tuple[Any, int, str, str]] = [(data, 1, "", "")]
    while waiting:
        value, depth, path, under = waiting.pop()
        yield value, depth, path
        if isinstance(value, list):
            waiting += [(part, depth + 1, path, "") for part in value]
        elif isinstance(value, dict):
            named = depth > 1 and under not in _OF_NAMES and "name" in value
            own = join(path, value["name"]) if named else path
            for key, part in value.items():
                yield key, depth, own
                inside = join(own, key) if under in _OF_NAMES else own
                waiting.append((part, depth + 1, inside, key))


def _too_deep(tree: Scope, limit: int, path: str) -> Diagnostic:
    """The finding, at the part of the spec that is written out too deep."""
    ends = {found: node for found, node, _ in walk(tree)}
    while path and path not in ends:
        path = path.rpartition("/")[0]
    node = ends.get(path, tree)
    return Diagnostic(
        "E0503",
        f"the expanded text nests lists and mappings more than {limit} deep",
        Label(node.item.span, f"`{path}` is written out too deep" if path else "in this spec"),
        tuple(Label(call, "called here") for call in node.called_at),
        helps=(
            "write out one part of it with `--path PATH`",
            "a larger depth can be allowed with `--limit depth=N`, here and where the text is read",
        ),
    )
