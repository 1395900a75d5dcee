"""Files written whole or not at all, and refused before any work where they cannot be."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.utils import interrupts

_KINDS = (
    (stat.S_ISDIR, "a folder", ("name a file in it",)),
    (stat.S_ISCHR, "a device", ("name a regular file",)),
    (stat.S_ISBLK, "a device", ("name a regular file",)),
    (stat.S_ISFIFO, "a pipe", ("name a regular file",)),
    (stat.S_ISSOCK, "a socket", ("name a regular file",)),
)
"""What has a name but takes no file, in words, and what to do."""


@contextmanager
def atomic_write(file: str, place: Span, *, new: bool = False) -> Iterator[Path]:
    """A path to write to instead of ``file``, which is moved there when all went well.

    So a file is written whole or not at all, and nothing is left behind when a signal or an
    error comes in between. A link is followed: its target is written. A file that exists
    keeps its mode and its owner.

    Args:
        file: where the file goes.
        place: what findings show.
        new: whether to refuse a file that exists, even one that appears in the meantime.

    Raises:
        SpecError: the file cannot be written (E0803).
    """
    target = check_writable(file, place)
    try:
        with _folder_next_to(target) as folder:
            unfinished = folder / target.name
            with interrupts.not_swallowed():
                yield unfinished
            with interrupts.held():
                if new:
                    _move_to_free_name(unfinished, target)
                else:
                    _keep_owner_and_mode(unfinished, target, place)
                    os.replace(unfinished, target)
    except FileExistsError:
        message = f"`{short_path(file)}` exists already"
        help_ = "choose another name, or delete it"
        raise spec_error("E0803", message, place, help_) from None
    except (OSError, ValueError) as error:
        raise unwritable(file, place, error) from None


@contextmanager
def atomic_write_all(files: Sequence[str], place: Span) -> Iterator[list[Path]]:
    """Paths to write to instead of some files of one folder that belong together.

    They are moved there, in order, when all went well; if that fails, what was there before comes
    back. Before the first is moved the old last one is away, so that a mix of old and new files
    lacks it.

    Args:
        files: where they go; the last is the one without which nobody reads the others.
        place: what findings show.

    Raises:
        SpecError: a file cannot be written (E0803).
    """
    targets = [check_writable(file, place) for file in files]
    try:
        with _folder_next_to(targets[-1]) as folder:
            new, old = folder / "new", folder / "old"
            new.mkdir()
            old.mkdir()
            with interrupts.not_swallowed():
                yield [new / target.name for target in targets]
            with interrupts.held():
                for target in targets:
                    _keep_owner_and_mode(new / target.name, target, place)
                _exchange(targets, new, old)
    except (OSError, ValueError) as error:
        raise unwritable(files[-1], place, error) from None


def write_file(file: str, content: bytes, place: Span, *, new: bool = False) -> None:
    """Write some bytes to a file, whole or not at all.

    Raises:
        SpecError: as ``atomic_write`` does.
    """
    with atomic_write(file, place, new=new) as unfinished:
        unfinished.write_bytes(content)


@contextmanager
def atomic_folder(folder: str, place: Span) -> Iterator[Path]:
    """A path to make a folder at instead of ``folder``, which is moved there when all went well.

    A folder that is there is replaced as a whole: the caller has made sure that it may be.

    Raises:
        SpecError: it has no name, or cannot be written (E0803).
    """
    refuse_no_name(folder, place)
    target = Path(os.path.realpath(folder))
    try:
        with _folder_next_to(target) as own:
            new, old = own / "new", own / "old"
            new.mkdir()
            old.mkdir()
            with interrupts.not_swallowed():
                yield new / target.name
            with interrupts.held():
                _exchange([target], new, old)
    except (OSError, ValueError) as error:
        raise unwritable(folder, place, error) from None


def check_writable(file: str, place: Span) -> Path:
    """Check before any work is done that a file can be written.

    Returns:
        The file itself, after all links.

    Raises:
        SpecError: the folder does not exist, or something has the name that is not a regular
            file (E0803).
    """
    target = Path(os.path.realpath(file)) if "\0" not in file else Path(file)
    try:
        kind = os.stat(file).st_mode
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        if not isinstance(error, NotADirectoryError):
            raise unwritable(file, place, error) from None
    else:
        for is_kind, name, helps in _KINDS:
            if is_kind(kind):
                message = f"`{short_path(file)}` is {name}"
                raise spec_error("E0803", message, place, *helps)
    if not file or file.endswith(("/", os.sep)):
        raise spec_error("E0803", "the name of the file is empty", place, "name a file")
    if not target.parent.is_dir():
        folder = os.path.dirname(file) or os.curdir
        shown = folder if not os.path.isdir(folder) else str(target.parent)
        message = f"there is no folder `{short_path(shown)}`"
        raise spec_error("E0803", message, place, "make it first")
    return target


def refuse_no_name(folder: str, place: Span) -> None:
    """Check that a folder has a name: an empty one is the current folder, `-` standard output.

    Raises:
        SpecError: it has none (E0803).
    """
    if folder == "-":
        message = "`-` is standard output, which cannot hold a folder"
        raise spec_error("E0803", message, place, "name a folder, or `./-` for one of that name")
    if not folder:
        raise spec_error("E0803", "the name of the folder is empty", place, "name a folder")


def refuse_inputs(file: str, inputs: Iterable[str | os.PathLike[str] | None], place: Span) -> None:
    """Check that an output is not one of the files that the command reads.

    Args:
        file: where the output goes.
        inputs: the files that are read; None stands for what is no file.
        place: what the finding shows.

    Raises:
        SpecError: they are the same, under whatever names (E0803).
    """
    for path in inputs:
        with suppress(OSError, ValueError):
            if path is not None and os.path.samefile(file, path):
                message = f"`{short_path(file)}` is read by this command, and would be lost"
                raise spec_error("E0803", message, place, "write to another file")


@contextmanager
def _folder_next_to(target: Path) -> Iterator[Path]:
    """A folder of our own on the same disk, which is gone afterwards whatever happens."""
    import tempfile  # with `random` and `hashlib`, which commands that only print do without

    folder: Path | None = None
    try:
        with interrupts.held():
            folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=".specbuild-"))
        yield folder
    finally:
        if folder is not None:
            with interrupts.held():
                shutil.rmtree(folder, ignore_errors=True)


def _move_to_free_name(unfinished: Path, target: Path) -> None:
    """Give a file its name unless that is taken by now; FileExistsError if it is."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a disk without hard links: take the name first
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(unfinished, target)


def _exchange(targets: Sequence[Path], new: Path, old: Path) -> None:
    """Move old files away, the last first, and new ones to their places; all or none."""
    try:
        for target in reversed(targets):
            if os.path.lexists(target):
                os.replace(target, old / target.name)
        for target in targets:
            os.replace(new / target.name, target)
    except BaseException:
        for target in targets:
            if (old / target.name).exists():
                os.replace(old / target.name, target)
            elif not (new / target.name).exists():
                target.unlink(missing_ok=True)
        raise


def _keep_owner_and_mode(unfinished: Path, target: Path, place: Span) -> None:
    """Give a file the owner and the mode of the one that it replaces.

    Raises:
        SpecError: the user may not (E0803).
    """
    try:
        old, new = os.stat(target), os.stat(unfinished)
    except FileNotFoundError:
        return
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.chown(unfinished, old.st_uid, old.st_gid)
        except PermissionError:
            message = (
                f"`{short_path(str(target))}` belongs to another user or group, "
                "and would no longer if it were replaced"
            )
            raise spec_error("E0803", message, place, "write to another file") from None
    if stat.S_IMODE(old.st_mode) != stat.S_IMODE(os.stat(unfinished).st_mode):
        os.chmod(unfinished, stat.S_IMODE(old.st_mode))


def unwritable(file: str, place: Span, error: OSError | ValueError) -> SpecError:
    """The finding of a file that cannot be written."""
    reason = getattr(error, "strerror", None) or str(error)
    return spec_error("E0803", f"`{short_path(file)}` cannot be written: {reason.lower()}", place)
