"""Arguments that name layers: where they may stand, before anybody knows what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.language.arguments import Argument, Environment, unknown
from inceptionspec.frontend.language.forms import LAYER, argument_name
from inceptionspec.frontend.reading.document import Map, Seq


def wrong_sources(item: Map, env: Environment, earlier: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Findings for the arguments in the `from` of an entry that name no layer."""
    source = item.get("from", ())
    given = isinstance(source, Seq)
    for number, text in enumerate(source if given else (source,) if source else ()):
        name = argument_name(text)
        if name is None:
            continue
        place = source.item_spans[number] if given else item.value_spans["from"]
        argument = env.get(name)
        if argument is None:
            yield unknown(text, place, env, earlier)
        elif argument.type != LAYER:
            yield Diagnostic(
                "E0306",
                f"`from` needs an argument of type {LAYER}, and `{text}` is of type "
                f"{argument.type}",
                Label(place, "names no layer"),
                (Label(argument.span, "its value"),),
                helps=(f"declare it as `{name}: {LAYER}`",),
            )


def wrong_next(
    item: Map, parameters: Mapping[str, Argument], defined: Span, earlier: Sized
) -> Iterator[Diagnostic]:
    """Findings for what a repeat hands on and its block does not take as a layer.

    Args:
        item: the call.
        parameters: the arguments that the block declares.
        defined: where it is defined.
    """
    section = item.get("next", Map(item.span))
    names = [name for name in parameters if parameters[name].type == LAYER]
    for name in section:
        if name not in names:
            yield Diagnostic(
                "E0305",
                f"the block `{item['block']}` has no argument `{shortened(name)}` of type {LAYER}",
                Label(section.key_spans[name], "cannot be handed on"),
                (Label(defined, "defined here"),),
                helps=did_you_mean(name, names, earlier),
                notes=(f"it has {listed(names)}",) if names else (),
            )
