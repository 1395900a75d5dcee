"""Where specs and recipes are read from: built-in names, files, bases, standard input."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

from inceptionspec.diagnostics.diagnostic import Label, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.diagnostics.suggest import closest, did_you_mean
from inceptionspec.frontend.reading.yaml_reader import decode

SUFFIX = ".yaml"
STDIN = "-"
NO_FOLDER = "-"
"""The folder of a catalog without built-in files."""
_PIECE = 1 << 20


class Catalog(NamedTuple):
    """The built-in files of one language.

    Attributes:
        noun: what one is called.
        folder: where they lie, in the folder of the built-in specs.
        command: what lists them.
    """

    noun: str
    folder: str
    command: str


SPECS = Catalog("spec", "", "specbuild list")
RECIPES = Catalog("recipe", "recipes", "specbuild list --recipes")


def builtin_folder(catalog: Catalog = SPECS) -> Path:
    """The folder of built-in files: in an installed package, or next to it in a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "specs"
    return (installed if installed.is_dir() else package.parent / "specs") / catalog.folder


def builtin_names(catalog: Catalog = SPECS) -> tuple[str, ...]:
    """The names of the built-in files, in alphabetical order."""
    if catalog.folder == NO_FOLDER:
        return ()
    files = os.listdir(builtin_folder(catalog))
    return tuple(sorted(file.removesuffix(SUFFIX) for file in files if file.endswith(SUFFIX)))


def builtin_name(source: Source) -> str:
    """The name of the built-in spec that a text is; empty for any other."""
    if source.path is None:
        return ""
    path = Path(os.path.realpath(source.path))
    inside = path.parent == Path(os.path.realpath(builtin_folder()))
    return path.stem if inside and path.stem in builtin_names() else ""


def is_builtin_name(reference: str) -> bool:
    """Whether a reference means a built-in spec: it has neither a suffix nor a separator."""
    return not ("." in reference or "/" in reference or os.sep in reference)


def open_spec(reference: str, limits: Limits = DEFAULT_LIMITS, catalog: Catalog = SPECS) -> Source:
    """The text of a built-in name, a path, or ``-`` for standard input.

    Raises:
        SpecError: there is no such spec, or it cannot be read.
    """
    if reference == STDIN:
        try:
            data = _read(sys.stdin.buffer, limits)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"standard input cannot be read: {reason}"
            raise spec_error("E0802", message, STDIN) from None
        return decode(data, "<stdin>", limits=limits)
    place = external(reference)
    is_folder = os.path.isdir(reference) and reference not in builtin_names(catalog)
    if is_builtin_name(reference) and not is_folder:
        path = f"./{reference}"
        helps = (f"write `{path}` for the file",) if os.path.isfile(path) else ()
        return _open_builtin(reference, Label(place), limits, catalog, helps=helps)
    return _open_file(Path(reference), reference, Label(place), limits, reference, catalog)


def open_any(reference: str, limits: Limits = DEFAULT_LIMITS) -> Source:
    """The text of a spec or a recipe, for what takes either: no two built-in names are the same.

    Raises:
        SpecError: as for ``open_spec``.
    """
    is_recipe = reference in builtin_names(RECIPES)
    return open_spec(reference, limits, RECIPES if is_recipe else SPECS)


def open_file(reference: str, limits: Limits = DEFAULT_LIMITS, noun: str = "file") -> Source:
    """The text of a path, or of ``-`` for standard input, in a language without built-in files.

    Raises:
        SpecError: there is no such file, or it cannot be read.
    """
    if reference == STDIN:
        return open_spec(reference, limits)
    if not reference:
        message = "the name of the file is empty"
        raise spec_error("E0802", message, external(reference), f"name a {noun} file")
    catalog, label = Catalog(noun, NO_FOLDER, ""), Label(external(reference))
    return _open_file(Path(reference), reference, label, limits, reference, catalog)


def open_base(
    reference: str, span: Span, limits: Limits = DEFAULT_LIMITS, catalog: Catalog = SPECS
) -> Source:
    """The text of a base, as the file that holds ``span`` names it.

    A relative path is taken from the folder of that file and may not lead out of it,
    neither by its parts nor through a link.

    Raises:
        SpecError: there is no such base, it lies elsewhere, or it cannot be read.
    """
    label = Label(span, "named here")
    if is_builtin_name(reference):
        return _open_builtin(reference, label, limits, catalog, code="E0312")
    base = base_path(reference, span, catalog)
    shown = os.path.join(os.path.dirname(span.source.name), reference)
    return _open_file(base, shown, label, limits, reference, catalog, code="E0312")


def base_path(reference: str, span: Span, catalog: Catalog = SPECS) -> Path:
    """The path of the base that is named at ``span``, in the file that extends it.

    Raises:
        SpecError: it lies outside the folder of that file.
    """
    label = Label(span, "named here")
    path = span.source.path
    if path is None:
        raise spec_error(
            "E0313",
            f"a {catalog.noun} that is not a file can only extend a built-in one",
            label,
            "save it as a file next to its base, or extend a built-in name",
        )
    relative = Path(reference)
    # Unlike Path.resolve, realpath follows a link to itself no further and raises nothing:
    # opening the file then says what is wrong.
    folder = Path(os.path.realpath(path.parent))
    base = Path(os.path.realpath(folder / relative)) if "\0" not in reference else folder
    outside = relative.is_absolute() or "://" in reference or ".." in relative.parts
    if outside or not base.is_relative_to(folder):
        raise spec_error(
            "E0313",
            f"the base `{short_path(reference)}` lies outside the folder of its variant",
            label,
            "copy it next to the variant and name it by a relative path",
        )
    return base


def _open_builtin(
    name: str,
    label: Label,
    limits: Limits,
    catalog: Catalog,
    code: str = "E0801",
    helps: tuple[str, ...] = (),
) -> Source:
    """A built-in file; ``helps`` are for the finding that there is none of that name."""
    names = builtin_names(catalog)
    noun = catalog.noun
    if name not in names:
        if helps:
            message = f"there is no built-in {noun} `{shortened(name)}`"
            raise spec_error(code, message, label, *helps)
        helps = did_you_mean(name, names) or (f"`{catalog.command}` shows the built-in {noun}s",)
        suffix = f"a file is named with its suffix, as `{shortened(name)}{SUFFIX}`"
        message = f"there is no built-in {noun} `{shortened(name)}`"
        if not name:
            message, suffix = f"the name of the {noun} is empty", "a file is named with its suffix"
        raise spec_error(code, message, label, *helps, suffix)
    path = builtin_folder(catalog) / f"{name}{SUFFIX}"
    return decode(path.read_bytes(), _shown(path), path, limits)


def _shown(path: Path) -> str:
    """A path relative to the current folder, if it is inside."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _open_file(
    path: Path,
    shown: str,
    label: Label,
    limits: Limits,
    reference: str,
    catalog: Catalog,
    code: str = "E0802",
) -> Source:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise spec_error(code, f"`{shown}` is {what}", label, f"name a {catalog.noun} file")
        with path.open("rb") as file:
            data = _read(file, limits)
    except FileNotFoundError:
        raise spec_error(
            code, f"there is no file `{shown}`", label, *_near_files(path, reference, catalog)
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise spec_error(
            code, f"`{short_path(shown)}` cannot be read: {reason.lower()}", label
        ) from None
    return decode(data, shown, path, limits)


def _read(file: BinaryIO, limits: Limits) -> bytes:
    """The content of a file, up to one byte more than the limit.

    It is read in pieces, since Python allocates all that it is asked to read.
    """
    pieces: list[bytes] = []
    room = limits.text + 1
    while room > 0 and (piece := file.read(min(room, _PIECE))):
        pieces.append(piece)
        room -= len(piece)
    return b"".join(pieces)


def _near_files(path: Path, reference: str, catalog: Catalog) -> tuple[str, ...]:
    """The closest file in the folder of one that does not exist, as the help writes it."""
    folder = os.path.dirname(reference)
    try:
        files = {other.stem: other.name for other in path.parent.glob("*.y*ml")}
    except OSError:
        files = {}
    if is_builtin_name(path.stem) and path.stem in builtin_names(catalog):
        return (f"the built-in {catalog.noun} is `{path.stem}`, without a suffix",)
    near = closest(path.stem, files)  # suffix and folder would make any two names look alike
    return (f"did you mean `{os.path.join(folder, files[near])}`?",) if near else ()
