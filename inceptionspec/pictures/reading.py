"""Files, folders and objects in memory to pictures of bytes: RGB, or grey."""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.sanitize import shortened

#: The formats that are read, as Pillow calls them: no other decoder runs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
#: What the names of pictures in a folder end in.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
MOST_PIXELS = 80_000_000
"""A picture of more is refused before it is decoded. Pillow itself warns above 89 million."""
_LONGEST = 80
_OPENING = threading.Lock()
_WHITE = (255, 255, 255, 255)
_UNKNOWN_SCALE = ("I", "F")


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that has not been read.

    Attributes:
        name: what results call it: its path, or ``#2`` for the third object in memory.
        content: the path, the bytes of a file, or the object.
    """

    name: str
    content: Any


def find_pictures(given: Iterable[Any]) -> tuple[list[PictureRef], list[Diagnostic]]:
    """Every picture that paths and objects stand for, in order, and what stands for none.

    A folder stands for all pictures in it and in its folders, by name; what begins with a dot
    is left alone.

    Args:
        given: paths of files and folders, Pillow's images, arrays of bytes.
    """
    found: list[PictureRef] = []
    findings: list[Diagnostic] = []
    for number, one in enumerate(given):
        if not isinstance(one, (str, os.PathLike)):
            found.append(PictureRef(f"#{number}", one))
            continue
        path = os.fspath(one)
        if not isinstance(path, str) or "\0" in path or not os.path.isdir(path):
            found.append(PictureRef(str(path), path))
            continue
        inside = [PictureRef(file, file) for file in _in_folder(path)]
        found += inside
        if not inside:
            findings.append(unreadable(path, "the folder holds no picture"))
    return found, findings


def _in_folder(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(place, name)


def read_picture(picture: PictureRef, channels: int) -> Any:
    """The pixels of a picture, turned as its EXIF data says.

    What is transparent lies on white. Of an animation the first frame counts, of 16 bits the
    upper eight. Color profiles are left out of account.

    Args:
        picture: which one.
        channels: 3 for RGB, 1 for grey.

    Returns:
        a Pillow image of mode ``RGB`` or ``L``.

    Raises:
        SpecError: it cannot be read (E0715), or Pillow is not installed (E0704).
    """
    image = import_pillow()
    try:
        opened = _opened(picture.content, image)
        with opened:
            _refuse_large(opened.size)
            return _as_bytes(_turned(opened), "RGB" if channels == 3 else "L", image)
    except _RefusedError as error:
        reason = str(error)
    except FileNotFoundError:
        reason = "there is no such file"
    except image.UnidentifiedImageError:
        reason = f"it is none of {', '.join(FORMATS)}"
    except (Warning, image.DecompressionBombError):
        reason = _too_large("its header claims")
    except Exception as error:
        reason = _in_words(error)
    raise SpecError([unreadable(picture.name, reason)])


def import_pillow() -> Any:
    """Pillow's module of images.

    Raises:
        SpecError: it is not installed (E0704).
    """
    with packages("PIL", extra="pictures", use="reading pictures needs it"):
        from PIL import Image
    return Image


class _RefusedError(Exception):
    """What is wrong with a picture that a decoder would take."""


def _opened(content: Any, image: Any) -> Any:
    """A picture whose header is read."""
    if isinstance(content, (str, bytes)):
        if isinstance(content, bytes):
            content = io.BytesIO(content)
        elif os.path.exists(content) and not os.path.isfile(content):
            raise _RefusedError("it is no regular file")
        # Pillow only warns of a large picture, and filters of warnings belong to all threads.
        with _OPENING, warnings.catch_warnings():
            warnings.simplefilter("error", image.DecompressionBombWarning)
            return image.open(content, formats=FORMATS)
    if isinstance(content, image.Image):
        return content.copy()
    array = np.asarray(content)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in _DEPTHS:
        shape = "x".join(map(str, array.shape)) or "a number"
        raise _RefusedError(
            "an array must hold bytes (uint8), height x width or height x width x channels (1, 3 "
            f"or 4), and this is {array.dtype}, {shape}"
        )
    return image.fromarray(
        np.ascontiguousarray(array[..., 0] if array.shape[2:] == (1,) else array)
    )


_DEPTHS = ((), (1,), (3,), (4,))


def _refuse_large(size: Sequence[int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise _RefusedError(_too_large(f"it has {width}x{height} pixels,"))
    if not width or not height:
        raise _RefusedError("it has no pixels")


def _too_large(what: str) -> str:
    return f"{what} more than {MOST_PIXELS:,} pixels"


def _turned(picture: Any) -> Any:
    """The decoded picture, as a viewer shows it."""
    from PIL import ImageOps

    picture.load()
    return ImageOps.exif_transpose(picture)


def _as_bytes(picture: Any, mode: str, image: Any) -> Any:
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format == "PNG"):
        values = np.asarray(picture).astype(np.uint32)
        picture = image.fromarray((values >> 8).astype(np.uint8))
    elif picture.mode in _UNKNOWN_SCALE:
        raise _RefusedError(f"pixels of mode {picture.mode} have no known scale")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = image.alpha_composite(image.new("RGBA", picture.size, _WHITE), picture)
    return picture if picture.mode == mode else picture.convert(mode)


def _in_words(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shortened(reason.partition("\n")[0], _LONGEST)


def unreadable(name: str, reason: str) -> Diagnostic:
    """E0715: a picture that is skipped, and why."""
    shown = shortened(name, _LONGEST)
    return finding("E0715", f"`{shown}` cannot be read: {reason}", shown)
