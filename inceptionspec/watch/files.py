"""When a spec or a base of it was saved, however an editor does that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

from watchfiles import awatch

_QUIET = 15
"""Milliseconds without an event after which a save is taken to be over."""
_LONGEST = 100
"""Milliseconds after which a file that never stops changing is read all the same."""
_LOOK_AGAIN = 1_000
"""Milliseconds after which files are looked at without any event: some file systems send none,
and a folder that is replaced takes its events with it."""

Stamp = tuple[tuple[int, int, int] | None, ...]


class Watched(NamedTuple):
    """The files that a spec is made of, and whether one that it needs is not there."""

    paths: tuple[Path, ...]
    lacks_file: bool


def stamp(paths: Iterable[Path]) -> Stamp:
    """What tells two states of some files apart without reading them; None where one is gone."""
    return tuple(map(_stat, paths))


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def saves(watched: Callable[[], Watched], stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield whenever one of the files may have changed, until ``stop`` is set.

    Folders are watched, not files: editors that save by renaming put another file in the
    place, and one that was deleted may come back.

    Args:
        watched: what is to be watched now; asked anew after each save.
    """
    seen = stamp(watched().paths)
    while not stop.is_set():
        folders = _folders(watched().paths)
        async with aclosing(_events(tuple(folders), stop)) as events:
            async for _ in events:
                now = watched()
                current = stamp(now.paths)
                # What a spec lacks may turn up in a folder that is not watched.
                if current != seen or now.lacks_file:
                    seen = current
                    yield
                if _folders(watched().paths) != folders:
                    break


def _folders(paths: Iterable[Path]) -> dict[Path, int]:
    """The folders of files and of what links to them lead to, each with its identity."""
    both = [folder for path in paths for folder in (path.parent, _target(path).parent)]
    found = {}
    for folder in dict.fromkeys(both):
        at = _stat(folder)
        if at is not None:
            found[folder] = at[2]
    return found


def _target(path: Path) -> Path:
    """The file that a link leads to; the link where it leads to itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


async def _events(folders: tuple[Path, ...], stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield when something happened in some folders, and at least each second."""
    if not folders:
        await asyncio.sleep(_LOOK_AGAIN / 1000)
        yield
        return
    found = awatch(
        *folders,
        watch_filter=None,
        debounce=_LONGEST,
        step=_QUIET,
        stop_event=stop,
        rust_timeout=_LOOK_AGAIN,
        yield_on_timeout=True,
        recursive=False,
    )
    try:
        async with aclosing(found):
            async for _ in found:
                yield
    except FileNotFoundError:  # gone between the look and the watch
        await asyncio.sleep(_QUIET / 1000)
