"""Files are written whole or not at all, through links, and never over what is no file."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.utils import atomic_write as module
from inceptionspec.utils.atomic_write import (
    atomic_folder,
    atomic_write,
    atomic_write_all,
    check_writable,
    refuse_inputs,
    write_file,
)

PLACE = external("-o file")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(file: str, **options: bool) -> str:
    with pytest.raises(SpecError) as caught:
        write_file(file, b"new", PLACE, **options)
    (finding,) = caught.value.findings
    assert finding.code == "E0803"
    assert not list(Path().glob(".specbuild-*"))
    return finding.message


def test_a_file_is_written_and_replaced(folder: Path) -> None:
    write_file("a", b"one", PLACE)
    write_file("a", b"two", PLACE)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"two"}


def test_a_link_is_followed(folder: Path) -> None:
    (folder / "sub").mkdir()
    Path("sub/target").write_text("old")
    Path("link").symlink_to("sub/target")
    Path("dangling").symlink_to("sub/made")
    write_file("link", b"new", PLACE)
    write_file("dangling", b"new", PLACE)
    assert Path("link").is_symlink()
    assert Path("dangling").is_symlink()
    assert Path("sub/target").read_text() == Path("sub/made").read_text() == "new"
    assert sorted(os.listdir("sub")) == ["made", "target"]


def device() -> str:
    """A device that can be replaced without harm: never the one of /dev, as root."""
    if os.geteuid():
        return "/dev/null"
    os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    return "null"


def test_what_is_no_regular_file_stays_what_it_is() -> None:
    os.mkfifo("pipe")
    null = device()
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket")
    Path("loop").symlink_to("loop")
    Path("to_device").symlink_to(null)
    Path("folder").mkdir()
    assert refused("pipe") == "`pipe` is a pipe"
    assert refused("socket") == "`socket` is a socket"
    assert refused(null) == f"`{null}` is a device"
    assert refused("to_device") == "`to_device` is a device"
    assert refused("folder") == "`folder` is a folder"
    assert "too many levels of symbolic links" in refused("loop")
    server.close()
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    assert stat.S_ISSOCK(os.stat("socket").st_mode)
    assert Path("to_device").is_symlink()
    assert stat.S_ISCHR(os.stat(null).st_mode)


def test_places_that_do_not_exist_are_findings() -> None:
    Path("file").touch()
    assert refused("none/a") == "there is no folder `none`"
    assert refused("file/a") == "there is no folder `file`"
    assert refused("") == "the name of the file is empty"
    assert refused("a/") == "the name of the file is empty"
    assert "file name too long" in refused("a" * 300)
    assert "null" in refused("a\0b")


def test_mode_and_owner_stay() -> None:
    Path("a").write_text("old")
    os.chmod("a", 0o640)
    if os.geteuid() == 0:
        os.chown("a", 1234, 4321)
    before = os.stat("a")
    write_file("a", b"new", PLACE)
    after = os.stat("a")
    assert Path("a").read_text() == "new"
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_a_file_that_cannot_keep_its_owner_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a").write_text("old")
    stats = os.stat

    def foreign(path: object, **options: object) -> os.stat_result:
        found = list(stats(path, **options))  # type: ignore[call-overload]
        found[4] += str(path).endswith("/a") and ".specbuild-" not in str(path)
        return os.stat_result(found)

    def forbidden(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(module.os, "stat", foreign)
    monkeypatch.setattr(module.os, "chown", forbidden)
    assert "belongs to another user or group" in refused("a")
    assert Path("a").read_text() == "old"


def half_written(file: str, error: Exception) -> None:
    with atomic_write(file, PLACE) as unfinished:
        unfinished.write_text("half")
        raise error


def test_an_error_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    Path("a").write_text("old")
    with pytest.raises(SpecError, match="no space"):
        half_written("a", OSError(28, "No space left on device"))
    with pytest.raises(ZeroDivisionError):
        half_written("a", ZeroDivisionError())
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "old"}


def overtaken(file: str) -> None:
    with atomic_write(file, PLACE, new=True) as unfinished:
        unfinished.write_text("ours")
        Path(file).write_text("theirs")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_never_replaces_one_that_appears_meanwhile(
    monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:

        def none(*arguments: object) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(module.os, "link", none)
    write_file("a", b"first", PLACE, new=True)
    assert Path("a").read_text() == "first"
    with pytest.raises(SpecError, match="exists already"):
        overtaken("b")
    assert Path("b").read_text() == "theirs"
    assert sorted(os.listdir()) == ["a", "b"]


def test_an_input_is_not_an_output(folder: Path) -> None:
    Path("a").write_text("spec")
    os.link("a", "hard")
    Path("soft").symlink_to("a")
    for name in ("a", "hard", "soft", "./a", str(folder / "a")):
        with pytest.raises(SpecError, match="is read by this command"):
            refuse_inputs(name, [None, "none", Path("a")], PLACE)
    refuse_inputs("b", ["a", None], PLACE)


def test_checking_writes_nothing(folder: Path) -> None:
    assert check_writable("a", PLACE) == folder.resolve() / "a"
    assert not os.listdir()


FILES = ("data", "index")


def write_all(content: str) -> None:
    with atomic_write_all(FILES, PLACE) as paths:
        for path in paths:
            path.write_text(content)


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_files_that_belong_together_are_written_and_replaced(folder: Path) -> None:
    for content in ("one", "two"):
        write_all(content)
        assert held(folder) == {"data": content, "index": content}


@pytest.mark.parametrize("old", [(), ("data",), ("index",), FILES])
@pytest.mark.parametrize("step", range(4))
def test_all_files_are_replaced_or_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, old: tuple[str, ...], step: int
) -> None:
    """Whichever move fails, all that was there is there again."""
    for name in old:
        Path(name).write_text("old")
    moves = [0]

    def replace(source: Path, target: Path) -> None:
        moves[0] += 1
        if moves[0] == step + 1:
            raise OSError(5, "Input/output error")
        original(source, target)

    original = os.replace
    monkeypatch.setattr(module.os, "replace", replace)
    if step < len(old) + len(FILES):
        with pytest.raises(SpecError) as caught:
            write_all("new")
        assert caught.value.findings[0].code == "E0803"
        assert held(folder) == dict.fromkeys(old, "old")
    else:
        write_all("new")
        assert held(folder) == dict.fromkeys(FILES, "new")


def test_while_files_are_moved_the_last_is_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies there leaves no mix that looks whole."""
    write_all("old")
    seen = []

    def replace(source: Path, target: Path) -> None:
        original(source, target)
        seen.append({name: Path(name).read_text() for name in FILES if Path(name).exists()})

    original = os.replace
    monkeypatch.setattr(module.os, "replace", replace)
    write_all("new")
    assert seen[-1] == {"data": "new", "index": "new"}
    assert [state for state in seen[:-1] if "index" in state] == []


def test_an_error_while_files_are_written_leaves_the_old_ones(folder: Path) -> None:
    write_all("old")
    with suppress(KeyError), atomic_write_all(FILES, PLACE) as paths:
        paths[0].write_text("new")
        raise KeyError
    assert held(folder) == {"data": "old", "index": "old"}


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "model"
    for text in ("one", "two"):
        with atomic_folder(str(target), PLACE) as folder:
            folder.mkdir()
            (folder / text).write_text(text)
    assert [path.name for path in target.iterdir()] == ["two"]

    def fail() -> None:
        with atomic_folder(str(target), PLACE) as folder:
            folder.mkdir()
            raise OSError(28, "No space left on device")

    with pytest.raises(SpecError):
        fail()
    assert [path.name for path in target.iterdir()] == ["two"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_without_a_name_is_not_the_current_one(folder: Path) -> None:
    (folder / "mine.yaml").write_text("spec: 1")

    def write() -> None:
        with atomic_folder("", PLACE) as made:
            made.mkdir()

    with pytest.raises(SpecError, match="the name of the folder is empty"):
        write()
    assert [path.name for path in folder.iterdir()] == ["mine.yaml"]
