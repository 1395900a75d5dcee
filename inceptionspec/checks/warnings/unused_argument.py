"""W0101: an argument that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.checks.warnings.uses import OUTSIDE, own_arguments, uses
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.frontend.expansion.argument_use import arguments_read
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.load import LoadedSpec


def unused_arguments(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0101: setting an argument that nothing uses silently changes nothing."""
    spec, found = loaded.spec, uses(loaded.spec)
    used_outside = set(found.arguments[OUTSIDE])
    for block, names in found.arguments.items():
        own = own_arguments(spec.blocks[block][0]) if block in spec.blocks else ()
        used_outside |= names.difference(own)
    own_file = spec.document.span.source
    inherited = {
        name for name, argument in spec.args.items() if argument.span.source is not own_file
    }
    in_network = arguments_read(loaded.tree, spec.defaults) if inherited & used_outside else {}
    for name, argument in spec.args.items():
        if name in spec.deleted_args:
            continue
        if name not in used_outside:
            meant = did_you_mean(name, sorted(inherited))
            yield _unused(name, f"the argument `{name}`", argument.span, meant)
        elif name in inherited and name not in in_network:
            yield Diagnostic(
                "W0101",
                f"the inherited argument `{name}` does nothing here",
                Label(
                    spec.document.value_spans["extends"], f"nothing is left that reads `${name}`"
                ),
                (Label(argument.span, "declared here"),),
                helps=(_way_out(spec, name),),
            )
    for block, (definition, _) in spec.blocks.items():
        if "W0101" in definition.get("allow", ()):
            continue
        section = own_arguments(definition)
        for name in section:
            if name not in found.arguments[block]:
                what = f"the argument `{name}` of the block `{block}`"
                yield _unused(name, what, section.key_spans[name])


def _way_out(spec: Spec, name: str) -> str:
    """What to do about an argument of the base that is of no use in a variant."""
    away = f"write `args.{name}: delete` under `override`"
    if name not in spec.document.get("args", {}):
        return away
    leave = f"leave `{name}` out of `args`"
    return leave if spec.headless else f"{leave}, and {away}"


def _unused(name: str, what: str, place: Span, meant: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "W0101",
        f"{what} is never used",
        Label(place, f"nothing reads `${name}`"),
        helps=meant or (f"write `${name}` where its value belongs, or remove it",),
    )
