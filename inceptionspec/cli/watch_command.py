"""`specbuild watch`."""

from __future__ import annotations

import sys
import time
import webbrowser
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli.command import Command
from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.cli.parameters import Whole
from inceptionspec.cli.terminal import echo, paint_for
from inceptionspec.diagnostics.codes import EXIT_INTERRUPTED, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.reading.spec_files import STDIN, open_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inceptionspec.watch.session import Update


@click.command(
    "watch",
    cls=Command,
    examples=(
        "specbuild watch mine.yaml --open",
        "specbuild watch mine.yaml --port 9000 --set classes=10",
    ),
    exits={
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[watch]'",
        EXIT_INTERRUPTED: "ended by Ctrl-C",
    },
)
@spec_argument
@click.option(
    "--port",
    type=Whole(0, 65_535),
    metavar="N",
    help="The port to serve at; 0 takes one that is free.  [default: 8765, or one that is free]",
)
@click.option("--open", "browse", is_flag=True, help="Open the page in the browser.")
@spec_options
def command(spec: str, port: int | None, browse: bool, **options: Any) -> None:
    """Serve the interactive page of SPEC on this machine, and redraw it on each save.

    The page keeps zoom and folds. It shows findings over the last good picture, at their
    places, and what a save costs next to the totals. It follows the bases of SPEC too.
    Prints the address and a line for each save. Ctrl-C ends it.
    Needs `pip install 'inceptionspec[watch]'`.
    """
    wanted = read_options(**options)
    if spec == STDIN:
        raise SpecError([_no_file()])
    path = open_spec(spec, wanted.limits).path
    if path is None:
        raise SpecError([_no_file()])
    used = packages(
        "starlette", "uvicorn", "watchfiles", extra="watch", use="`specbuild watch` needs it"
    )
    with used:
        from inceptionspec.watch.serve import opened, serve
        from inceptionspec.watch.session import Session

    def started(address: str) -> None:
        echo(f"{sanitize(spec)} is shown at {address} (Ctrl-C ends)")
        sys.stdout.flush()
        if browse and not webbrowser.open(address):
            echo("note: no browser could be opened", err=True)

    session = Session(path, lambda: wanted.load(spec))
    serve(session, opened(port), started=started, saved=_print_update)


def _no_file() -> Diagnostic:
    return finding(
        "E0805", "standard input cannot be watched", STDIN, "save the spec as a file, and name that"
    )


def _print_update(update: Update) -> None:
    """Print a line for a save, and one for each finding."""
    from inceptionspec.reports.findings.concise import concise
    from inceptionspec.reports.findings.wording import count_line

    network, found = update.reading
    drawn = "not drawn" if network is None else f"drawn: {sanitize(network.name)}"
    parts = [drawn, count_line(found), _cost(update.difference)]
    echo(f"{time.strftime('%H:%M:%S')} {', '.join(filter(None, parts))}")
    if found:
        echo(concise(found, paint=paint_for(sys.stdout)), nl=False)
    sys.stdout.flush()


def _cost(difference: Mapping[str, int | None] | None) -> str:
    """What a save costs: ``+1,024 params, +18,432 MACs``."""
    if difference is None:
        return ""
    units = {"params": "params", "macs": "MACs", "peak": "bytes of peak memory"}
    parts = [f"{count:+,} {units[key]}" for key, count in difference.items() if count]
    return ", ".join(parts) or "no difference in cost"
