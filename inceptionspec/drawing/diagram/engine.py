"""The program that lays out a diagram: which one, how it is run, what it writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.drawing.diagram import convert
from inceptionspec.drawing.diagram.svg_text import tidy
from inceptionspec.utils.atomic_write import check_writable, write_file

PURE = "graphviz-pure"
"""The engine that pip installs: a port of Graphviz that needs no system package."""

SUFFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ".svg": ("pure", "system"),
        ".png": ("pure", "system"),
        ".pdf": ("pure", "system"),
        ".dot": (),
        ".tex": (),
    }
)
"""The suffixes of files, and the engines that can write each, the preferred one first."""

PAGE = ".html"
"""The suffix of a page, which no engine draws."""

ENGINES = ("auto", "pure", "system")
POINTS = 72
"""Points in an inch."""
SECONDS = 120.0
"""Seconds that an engine may take; one or two suffice, since it is given all positions."""


class Engine(NamedTuple):
    """A program that takes DOT on standard input; ``note`` is what a user should know."""

    path: Path
    note: str


def svg(dot: str, engine: str = "auto") -> str:
    """DOT text drawn as SVG text.

    Raises:
        SpecError: E0705 where no engine is installed that can do it, E0706 where the
            engine fails, E0805 where there is no such engine.
    """
    place = external("diagram")
    return _svg(_engine(".svg", engine, place), dot, place)


def write(dot: Callable[[str], str], file: str, engine: str = "auto") -> str:
    """Draw a diagram into a file by its suffix, whole or not at all.

    Args:
        dot: the text in the DOT language, or of a TeX document, made for a suffix.

    Returns:
        What a user should know of the engine; empty as a rule.

    Raises:
        SpecError: as ``svg`` does; E0803 where the file cannot be written, E0804 where
            its suffix is unknown.
    """
    place = external(f"-o {file}")
    suffix = _suffix(file, place)
    check_writable(file, place)
    content, note = drawn(dot, suffix, engine, place)
    write_file(file, content, place)
    return note


def drawn(dot: Callable[[str], str], suffix: str, engine: str, place: Span) -> tuple[bytes, str]:
    """The bytes of a file with a suffix, and what a user should know of the engine."""
    if not SUFFIXES[suffix]:
        return dot(suffix).encode("utf-8"), ""
    found = _engine(suffix, engine, place)
    text = dot(suffix)
    if suffix == ".svg":
        return _svg(found, text, place).encode("utf-8"), found.note
    missing = convert.lacking(text)
    if found.path.name == "dot" or (suffix == ".png" and not missing):
        return _run(found, suffix[1:], text, place), found.note  # `dot` finds fonts by itself
    if not convert.is_installed():
        note = f"the engine's font lacks `{missing}`; after `{convert.INSTALL}` another is taken"
        return _run(found, suffix[1:], text, place), note
    pixels = re.search(r"\bdpi=(\d+)", text)
    content = convert.convert(
        _svg(found, text, place),
        "pdf" if suffix == ".pdf" else "png",
        int(pixels[1]) if pixels else POINTS,
        place,
    )
    left = convert.unknown(missing, place)
    return content, f"no font of this machine has `{left}`" if left else ""


def _svg(engine: Engine, dot: str, place: Span) -> str:
    return tidy(_run(engine, "svg", dot, place).decode("utf-8"))


# The engine


def _engine(suffix: str, choice: str, place: Span) -> Engine:
    """The engine that was asked for, or the first one there is for a suffix."""
    if choice not in ENGINES:
        raise spec_error(
            "E0805",
            f"there is no engine `{choice}`",
            f"--engine {choice}",
            *(did_you_mean(choice, ENGINES) or (f"engines are {listed(ENGINES)}",)),
        )
    able = SUFFIXES[suffix]
    wanted = able if choice == "auto" else tuple(engine for engine in able if engine == choice)
    for name in wanted:
        path = _pure_command() if name == "pure" else _system()
        if suffix == ".pdf" and name == "pure" and not convert.is_installed():
            continue
        if path is not None:
            return Engine(path, _note(name, choice, suffix))
    raise SpecError([_missing(suffix, wanted, place)])


def _pure_command() -> Path | None:
    """The command of graphviz-pure, in the folder of the interpreter's scripts."""
    found = shutil.which(PURE, path=sysconfig.get_path("scripts"))
    return None if found is None else Path(found)


def _system() -> Path | None:
    found = shutil.which("dot")
    return None if found is None else Path(found)


def _note(name: str, choice: str, suffix: str) -> str:
    if name == "pure" or choice == "system" or (suffix == ".pdf" and _pure_command()):
        return ""
    return (
        f"drawn by the system's dot, since {PURE} is not installed: "
        "its layout may differ from version to version"
    )


def _missing(suffix: str, wanted: tuple[str, ...], place: Span) -> Diagnostic:
    graphviz = "install Graphviz (apt install graphviz, brew install graphviz)"
    if suffix == ".pdf" and wanted != ("system",):
        return Diagnostic(
            "E0705",
            "what makes a PDF is not installed",
            Label(place),
            helps=(convert.INSTALL, f"or {graphviz}; svg, png and tex need neither"),
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


def _run(engine: Engine, form: str, dot: str, place: Span) -> bytes:
    """What the engine makes of DOT text, which it gets on standard input.

    `graphviz.pipe` runs the `dot` on the PATH alone and waits for as long as it takes.
    """
    import graphviz
    from graphviz.backend.execute import run_check

    command = [engine.path, "-Kdot", f"-T{form}"]
    helps: tuple[str, ...] = ()
    try:
        done = run_check(
            command, input=dot.encode("utf-8"), capture_output=True, quiet=True, timeout=SECONDS
        )
        return bytes(done.stdout)
    except graphviz.CalledProcessError as error:
        output = bytes(error.stderr or b"").decode("utf-8", "replace").strip()
        reason = output.splitlines()[0] if output else f"it ended with {error.returncode}"
    except subprocess.TimeoutExpired:
        reason = f"it had not ended after {SECONDS:g} seconds, and was stopped"
        helps = ("`--fold network` draws a box for each block and takes far less",)
    except (graphviz.ExecutableNotFound, OSError) as error:
        reason = str(error)
    message = f"`{engine.path.name}` failed: {reason}"
    raise spec_error("E0706", message, place, *helps)


# The file


def _suffix(file: str, place: Span) -> str:
    suffix = os.path.splitext(file)[1]
    if suffix.lower() in SUFFIXES:
        return suffix.lower()
    known = (*SUFFIXES, PAGE)
    message = f"a diagram cannot end in `{suffix}`" if suffix else f"`{file}` has no suffix"
    raise spec_error(
        "E0804",
        message,
        place,
        *did_you_mean(suffix, known, least=0.7),
        f"suffixes are {listed(known)}",
    )
