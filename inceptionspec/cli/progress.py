"""Progress on standard error: a bar or a spinner on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inceptionspec.cli.terminal import echo

#: Called with the stage, the steps done and the steps in all.
Progress = Callable[[str, int, int], None]


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show how far a long run is: a bar for a stage of several steps, else a spinner."""
    if not sys.stderr.isatty():
        yield _line_per_stage()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    name = TextColumn("{task.description}")
    spinner: list[ProgressColumn] = [SpinnerColumn(), name, TimeElapsedColumn()]
    steps: list[ProgressColumn] = [name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*spinner, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        shown = ""

        def show(stage: str, done: int, total: int) -> None:
            nonlocal shown
            if stage != shown:  # the time left is that of the stage: its steps are its own
                shown = stage
                bar.columns = tuple(steps if total > 1 else spinner)
                bar.reset(task, description=stage, total=total if total > 1 else None)
            bar.update(task, completed=done)

        yield show


def _line_per_stage() -> Progress:
    seen: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if stage not in seen:
            seen.add(stage)
            echo(f"{stage} ...", err=True)

    return show
