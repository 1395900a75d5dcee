"""The program that lays out a diagram: which one, how it is run, what it writes."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics import Diagnostic, Label, SpecError, did_you_mean, listed
from inceptionspec.source import Source, Span

PURE = "graphviz-pure"
"""The engine that pip installs: a port of Graphviz that needs no system package."""

SUFFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ".svg": ("pure", "system"),
        ".png": ("pure", "system"),
        ".pdf": ("system",),
        ".dot": (),
    }
)
"""What a file may end in, and the engines that can write it, the preferred one first."""

ENGINES = ("auto", "pure", "system")


class Engine(NamedTuple):
    """A program that takes DOT on standard input; ``note`` is what a user should know."""

    path: Path
    note: str


def write(dot: str, file: str | None = None, engine: str = "auto") -> str:
    """Draw DOT text as SVG text, or into a file by its suffix.

    A file is written whole or not at all.

    Returns:
        The SVG text; with a file, what drew it.

    Raises:
        SpecError: E0705 where no engine is installed that can do it, E0706 where the
            engine fails, E0803 where the file cannot be written, E0804 where its suffix
            is unknown, E0805 where there is no such engine.
    """
    if file is None:
        found = _engine(".svg", engine, Source("diagram").whole())
        return _run(found, "svg", dot, Source("diagram").whole()).decode("utf-8")
    place = Source(f"-o {file}").whole()
    suffix = _suffix(file, place)
    _refuse_folder(file, place)
    if not SUFFIXES[suffix]:
        _replace(file, dot.encode("utf-8"), place)
        return "DOT text, which needs no engine"
    found = _engine(suffix, engine, place)
    _replace(file, _run(found, suffix[1:], dot, place), place)
    return found.note


# The engine


def _engine(suffix: str, choice: str, place: Span) -> Engine:
    """The engine that was asked for, or the first one there is for a suffix."""
    if choice not in ENGINES:
        raise SpecError(
            [
                Diagnostic(
                    "E0805",
                    f"there is no engine `{choice}`",
                    Label(Source(f"--engine {choice}").whole()),
                    helps=did_you_mean(choice, ENGINES) or (f"engines are {listed(ENGINES)}",),
                )
            ]
        )
    able = SUFFIXES[suffix]
    wanted = able if choice == "auto" else tuple(one for one in able if one == choice)
    for name in wanted:
        path = _pure() if name == "pure" else _system()
        if path is not None:
            return Engine(path, _note(name, choice, able))
    raise SpecError([_missing(suffix, wanted, place)])


def _pure() -> Path | None:
    """The command of graphviz-pure, which stands beside the interpreter's own scripts."""
    found = shutil.which(PURE, path=sysconfig.get_path("scripts"))
    return None if found is None else Path(found)


def _system() -> Path | None:
    found = shutil.which("dot")
    return None if found is None else Path(found)


def _note(name: str, choice: str, able: tuple[str, ...]) -> str:
    if name == "pure":
        return f"drawn by {PURE}"
    if choice == "system" or "pure" not in able:
        return "drawn by the system's dot"
    return (
        f"drawn by the system's dot, since {PURE} is not installed: "
        "its layout may differ from version to version"
    )


def _missing(suffix: str, wanted: tuple[str, ...], place: Span) -> Diagnostic:
    graphviz = "install Graphviz (apt install graphviz, brew install graphviz)"
    if suffix == ".pdf":
        return Diagnostic(
            "E0705",
            "a PDF needs the system's Graphviz",
            Label(place),
            helps=(f"{graphviz}, or write svg or png",),
        )
    if wanted == ("system",):
        return Diagnostic(
            "E0705",
            "Graphviz is not installed: there is no `dot` on the PATH",
            Label(place),
            helps=(f"{graphviz}, or leave the engine to `auto`",),
        )
    return Diagnostic(
        "E0705", "no diagram engine is installed", Label(place), helps=(f"pip install {PURE}",)
    )


@contextmanager
def _driving(engine: Path) -> Iterator[None]:
    """Let the package `graphviz` run this program instead of the `dot` on the PATH."""
    from graphviz.backend import dot_command

    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = engine
    try:
        yield
    finally:
        dot_command.DOT_BINARY = before


def _run(engine: Engine, form: str, dot: str, place: Span) -> bytes:
    """What the engine makes of DOT text, which it gets on standard input."""
    import graphviz

    try:
        with _driving(engine.path):
            drawn: bytes = graphviz.pipe("dot", form, dot.encode("utf-8"), quiet=True)
            return drawn
    except graphviz.CalledProcessError as error:
        said = bytes(error.stderr or b"").decode("utf-8", "replace").strip()
        reason = said.splitlines()[0] if said else f"it ended with {error.returncode}"
    except (graphviz.ExecutableNotFound, OSError) as error:
        reason = str(error)
    raise SpecError([Diagnostic("E0706", f"`{engine.path.name}` failed: {reason}", Label(place))])


# The file


def _suffix(file: str, place: Span) -> str:
    suffix = os.path.splitext(file)[1]
    if suffix.lower() in SUFFIXES:
        return suffix.lower()
    message = f"a diagram cannot end in `{suffix}`" if suffix else f"`{file}` has no suffix"
    raise SpecError(
        [
            Diagnostic(
                "E0804",
                message,
                Label(place),
                helps=(*did_you_mean(suffix, SUFFIXES), f"suffixes are {listed(tuple(SUFFIXES))}"),
            )
        ]
    )


def _refuse_folder(file: str, place: Span) -> None:
    """Say before an engine is run that a file has no place to go."""
    folder = os.path.dirname(file) or os.curdir
    if not os.path.isdir(folder):
        raise SpecError(
            [
                Diagnostic(
                    "E0803",
                    f"there is no folder `{folder}`",
                    Label(place),
                    helps=("make it first",),
                )
            ]
        )
    if os.path.isdir(file):
        raise SpecError(
            [
                Diagnostic(
                    "E0803", f"`{file}` is a folder", Label(place), helps=("name a file in it",)
                )
            ]
        )


def _replace(file: str, content: bytes, place: Span) -> None:
    """Write a file whole: beside its place first, then in one step to it."""
    try:
        handle, beside = tempfile.mkstemp(
            dir=os.path.dirname(file) or os.curdir, prefix=".inceptionspec-"
        )
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.chmod(beside, 0o666 & ~_umask())
            os.replace(beside, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(
            [Diagnostic("E0803", f"`{file}` cannot be written: {reason}", Label(place))]
        ) from None


def _umask() -> int:
    """The permissions that new files do not get; mkstemp gives fewer than open does."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
