"""`when`: which entries a Boolean argument keeps, and the names that are gone with the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.expansion.tree import Dropped
from inceptionspec.frontend.language.arguments import Environment, unknown
from inceptionspec.frontend.language.expressions import inside
from inceptionspec.frontend.language.forms import condition
from inceptionspec.frontend.reading.document import Map, kind_of


def is_kept(item: Map, env: Environment, findings: list[Diagnostic]) -> bool:
    """Whether the condition of an entry holds; one that cannot be read is a finding, and holds."""
    if "when" not in item:
        return True
    text, span = item["when"], item.value_spans["when"]
    name, wanted = condition(text)
    place = inside(text, text.index("$"), len(text), span)
    argument = env.get(name)
    if argument is None:
        findings.append(unknown(f"${name}", place, env, findings))
        return True
    if not isinstance(argument.value, bool):
        flags = [f"${known}" for known in env if isinstance(env[known].value, bool)]
        findings.append(
            Diagnostic(
                "E0306",
                f"`when` needs an argument that is true or false, and `${name}` is of type "
                f"{argument.type}",
                Label(place, f"this is {kind_of(argument.value)}"),
                (Label(argument.span, "declared here"),),
                helps=(f"those of type bool are {listed(flags)}",)
                if flags
                else (f"declare one, such as `{{type: bool, default: true}}`, next to `{name}`",),
            )
        )
        return True
    return argument.value is wanted


def dropped(item: Map, called_at: tuple[Span, ...]) -> Dropped:
    """An entry, or a residual, that is left out."""
    return Dropped(item, tuple(_names(item)), called_at)


def left_out(path: str, span: Span, label: str, gone: Dropped, help_: str) -> Diagnostic:
    """The finding that something names what its condition left out.

    Args:
        path: what is named.
        span: where it is named.
        label: what is done there.
        help_: what to do.
    """
    return Diagnostic(
        "E0317",
        f"`{shortened(path)}` is not there, since `when` leaves it out",
        Label(span, label),
        (Label(gone.place, f"`{gone.item['when']}` does not hold here"),),
        helps=(help_,),
    )


def _names(item: Map) -> Iterator[str]:
    """The names that an entry adds to the scope around it, as far as they are known."""
    waiting: list[Any] = [item]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif "name" in part:
            yield part["name"]
        elif "names" in part:
            yield from part["names"]
        elif "op" in part or "block" in part:
            yield part.get("op") or part["block"]
        else:
            branches = part.get("branches", ())
            waiting += [part[key] for key in ("layers", "shortcut") if key in part]
            if isinstance(branches, Map):
                yield from branches
            else:
                waiting += branches
