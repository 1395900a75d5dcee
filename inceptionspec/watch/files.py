"""When a spec or one of its bases was saved, in whatever way an editor does that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

from watchfiles import awatch

_QUIET = 15
"""Milliseconds without an event after which a save counts as complete."""
_LONGEST = 100
"""Milliseconds after which a file is read even if it still changes."""
_LOOK_AGAIN = 1_000
"""Milliseconds after which files are checked without any event: some file systems send none,
and a folder that is replaced sends no more."""

Stamp = tuple[tuple[int, int, int] | None, ...]


class Watched(NamedTuple):
    """The files that a spec consists of, and whether one that it needs is missing."""

    paths: tuple[Path, ...]
    lacks_file: bool


def stamp(paths: Iterable[Path]) -> Stamp:
    """What tells two states of some files apart without reading them; None for a missing file."""
    return tuple(map(_stat, paths))


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def saves(watched: Callable[[], Watched], stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield whenever one of the files may have changed, until ``stop`` is set.

    Folders are watched, not files: editors that save by renaming put another file in its
    place, and a deleted file may come back.

    Args:
        watched: gives what to watch now; called again after each save.
        stop: ends the watch.
    """
    seen = stamp(watched().paths)
    while not stop.is_set():
        folders = _folders(watched().paths)
        async with aclosing(_events(tuple(folders), stop)) as events:
            async for _ in events:
                now = watched()
                current = stamp(now.paths)
                # A missing base may appear in a folder that is not watched.
                if current != seen or now.lacks_file:
                    seen = current
                    yield
                if _folders(watched().paths) != folders:
                    break


def _folders(paths: Iterable[Path]) -> dict[Path, int]:
    """The folders of files, and of the files that links lead to, each with its identity."""
    folders = [folder for path in paths for folder in (path.parent, _target(path).parent)]
    found = {}
    for folder in dict.fromkeys(folders):
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
    """Yield when something happened in some folders, and at least once a second."""
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
    except FileNotFoundError:  # it was removed before it could be watched
        await asyncio.sleep(_QUIET / 1000)
