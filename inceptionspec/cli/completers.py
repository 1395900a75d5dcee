"""What a shell offers for the values of arguments and options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.diagnostic import SpecError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from inceptionspec.frontend.load import LoadedSpec

    _Items = list[CompletionItem]


def specs(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """Built-in names, and files."""
    from inceptionspec.frontend.reading.spec_files import builtin_names

    return [*_starting(builtin_names(), incomplete), *files(context, parameter, incomplete)]


def recipes(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """Built-in recipes, and files."""
    from inceptionspec.frontend.reading.spec_files import RECIPES, builtin_names

    return [
        *_starting(builtin_names(RECIPES), incomplete),
        *files(context, parameter, incomplete),
    ]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """Files, which the shell itself lists."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def heads(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """The heads of the spec that stands before."""
    loaded = _loaded(context)
    return _starting([head.name for head in loaded.graph.heads], incomplete) if loaded else []


def paths(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """The paths of the spec that stands before, one more level at a time."""
    loaded = _loaded(context)
    if loaded is None:
        return []
    levels = incomplete.count("/") + 1
    cut = {"/".join(name.split("/")[:levels]): None for name in loaded.graph.names}
    return _starting(cut, incomplete)


def arguments(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """The arguments of the spec that stands before, as `classes=`."""
    loaded = _loaded(context)
    return _starting([f"{name}=" for name in loaded.spec.args], incomplete) if loaded else []


def moves(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """Moves of `specbuild rewrite`."""
    from inceptionspec.moves.table import MOVES

    return _starting(MOVES, incomplete)


def codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
    """Codes of findings, and their families."""
    families = dict.fromkeys(code[:3] for code in CODES)
    return _starting([*families, *CODES], incomplete.upper())


def _starting(names: Iterable[str], incomplete: str) -> _Items:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _loaded(context: click.Context) -> LoadedSpec | None:
    """The spec that the command line names so far, if it can be read."""
    from inceptionspec.frontend.load import load_spec
    from inceptionspec.frontend.reading.spec_files import open_spec

    given = (context.params.get(name) for name in ("spec", "specs", "new"))
    named = next(filter(None, given), context.args)
    # Where an option still lacks its value, click leaves arguments unread.
    reference = named if isinstance(named, str) else next(iter(named), None)
    try:
        return None if reference is None else load_spec(open_spec(reference))
    except SpecError:
        return None
