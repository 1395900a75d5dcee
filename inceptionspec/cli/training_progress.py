"""How far training is, on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from inceptionspec.cli.terminal import echo
from inceptionspec.reports.training.text import moment_text

if TYPE_CHECKING:
    from inceptionspec.training.loop import Moment

_TEXT = 80
"""Columns that the text needs; a bar comes next to it where there is room."""
_EVERY_SECONDS = 15.0
"""How often a line is written where there is no terminal."""


@contextmanager
def training_progress() -> Iterator[Callable[[Moment], None]]:
    """Show each moment of a run."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    bars = (BarColumn(console.width - _TEXT),) if console.width >= _TEXT + 10 else ()
    columns = min(console.width, _TEXT)
    with Progress(TextColumn("{task.description}"), *bars, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(moment: Moment) -> None:
            text = moment_text(moment, columns)
            bar.update(task, description=text, total=moment.steps, completed=moment.step)

        yield show


def _lines() -> Callable[[Moment], None]:
    told = -_EVERY_SECONDS

    def show(moment: Moment) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _EVERY_SECONDS or moment.step == moment.steps:
            told = now
            echo(moment_text(moment), err=True)

    return show
