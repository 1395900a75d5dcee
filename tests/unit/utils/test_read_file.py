"""Regular files are read up to a limit; nothing else is opened to wait for it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from inceptionspec.utils.read_file import read_regular_file


def test_a_file_is_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert read_regular_file(tmp_path / "file", 7) == b"content"
    assert read_regular_file(str(tmp_path / "link"), 100) == b"content"


def test_one_byte_more_than_the_limit_shows_that_a_file_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * (3 << 20))
    assert len(read_regular_file(tmp_path / "file", 2 << 20)) == (2 << 20) + 1


def test_what_is_not_a_regular_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        for name in ("pipe", "socket", "/dev/zero"):
            with pytest.raises(OSError, match="not a regular file"):
                read_regular_file(name, 10)
    with pytest.raises(IsADirectoryError):
        read_regular_file(tmp_path, 10)
    with pytest.raises(OSError, match="symbolic links"):
        read_regular_file("loop", 10)
    with pytest.raises(ValueError, match="null"):
        read_regular_file("a\0b", 10)


def test_what_becomes_a_pipe_after_the_look_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    regular = os.stat(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda file: regular)
    with pytest.raises(OSError, match="not a regular file"):
        read_regular_file(tmp_path / "pipe", 10)
