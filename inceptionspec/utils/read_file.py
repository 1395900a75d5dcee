"""Regular files read up to a limit: no device, FIFO or socket is ever opened to wait for it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_PIECE = 1 << 20
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular_file(file: str | Path, limit: int) -> bytes:
    """What a regular file holds, through links, up to ``limit`` bytes and one more.

    The byte beyond the limit tells the caller that the file is too long.

    Raises:
        OSError: the file cannot be read, or it is a folder, a device, a FIFO or a socket.
        ValueError: the name holds a null character.
    """
    _check_regular(os.stat(file).st_mode)
    descriptor = os.open(file, os.O_RDONLY | _NO_WAITING)
    with open(descriptor, "rb") as stream:
        _check_regular(os.fstat(descriptor).st_mode)  # it may have been replaced since
        pieces: list[bytes] = []
        room = limit + 1
        # Piece by piece: Python makes room for all that it is asked to read.
        while room > 0 and (piece := stream.read(min(room, _PIECE))):
            pieces.append(piece)
            room -= len(piece)
        return b"".join(pieces)


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
