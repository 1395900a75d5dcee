"""Standard streams that are full, closed or of another encoding, and names that are no text."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest
from support import spec

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
FOREIGN = 'spec: 1\nname: t\ndoc: "na\u00efve \u2500 \u202e \U0001f600"\nnetwrk: 1\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "foreign.yaml").write_text(FOREIGN, encoding="utf-8")
    (tmp_path / "small.yaml").write_text(spec("- {op: conv, name: c, kernel: 3, filters: 4}"))
    return tmp_path


def shell(line: str, folder: Path, **env: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=folder,
        env={**os.environ, "specbuild": str(SPECBUILD), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert b"has a bug" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "words",
    ["list", "--help", "--version", "summary vgg16 --format json", "check small.yaml",
     "show vgg16", "explain E0402", "schema", "completion bash", "format - < small.yaml"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("where", "reason"),
    [(">/dev/full", b"no space left on device"), (">&-", b"bad file descriptor")],
)
def test_standard_output_that_cannot_be_written_is_a_finding(
    folder: Path, words: str, where: str, reason: bytes
) -> None:
    code, out, err = shell(f'"$specbuild" {words} {where}', folder)
    assert (code, out) == (2, b"")
    assert err == (
        b"error[E0803]: standard output cannot be written: " + reason + b"\n  --> standard output\n"
    )


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_what_cannot_be_said_on_standard_error_is_left_unsaid(folder: Path, where: str) -> None:
    assert shell(f'"$specbuild" chek {where}', folder)[0] == 2
    assert shell(f'"$specbuild" check foreign.yaml {where}', folder)[0] == 1
    code, out, _ = shell(f'"$specbuild" render small.yaml -o a.dot {where}', folder)
    assert (code, out) == (0, b"wrote a.dot\n")


def test_a_file_never_gets_the_number_of_a_closed_stream(folder: Path) -> None:
    code, _, _ = shell('"$specbuild" render small.yaml -o a.dot <&- >&- 2>&-', folder)
    assert code == 2
    assert (folder / "a.dot").read_text().rstrip().endswith("}")


@pytest.mark.parametrize("command", ["check", "summary", "show", "format"])
def test_closed_standard_input_is_a_finding(folder: Path, command: str) -> None:
    code, out, err = shell(f'"$specbuild" {command} - <&-', folder)
    assert code == 2
    assert b"error[E0802]: standard input cannot be read: bad file descriptor" in out + err


def test_a_reader_that_leaves_changes_no_exit_code(folder: Path) -> None:
    code, out, err = shell('"$specbuild" list | head -1', folder)
    assert (code, out.count(b"\n"), err) == (0, 1, b"")
    code, out, err = shell('"$specbuild" summary inception_v3 --format json | head -1', folder)
    assert (code, out, err) == (0, b"{\n", b"")
    assert shell('"$specbuild" check foreign.yaml | true', folder)[0] == 1
    assert shell('"$specbuild" check nothing.yaml | true', folder)[0] == 2


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "ascii", "ascii:strict"])
def test_what_an_encoding_cannot_show_is_escaped(folder: Path, encoding: str) -> None:
    code, out, err = shell('"$specbuild" show foreign.yaml', folder, PYTHONIOENCODING=encoding)
    assert (code, err) == (0, b"")
    codec = encoding.partition(":")[0]
    shown = FOREIGN.encode(codec, "backslashreplace").decode(codec)
    assert out.decode("utf-16-le" if codec == "utf-16" else codec).lstrip("\ufeff") == shown
    for words in (
        "check foreign.yaml",
        "summary inception_v3",
        "diff inception_v1 inception_v2",
        "list --help",
    ):
        code, out, err = shell(f'"$specbuild" {words}', folder, PYTHONIOENCODING=encoding)
        assert code == ("foreign" in words)
        (out + err).decode(codec)


def test_the_locale_of_posix(folder: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, _ = shell('"$specbuild" show foreign.yaml', folder, **plain)
    assert code == 0
    assert out == FOREIGN.encode("ascii", "backslashreplace")


def test_a_name_that_is_not_utf_8(folder: Path) -> None:
    os.rename(os.fsencode(folder / "small.yaml"), os.fsencode(folder) + b"/b\xff\x1b.yaml")
    for words in ("check", "summary", "show", "format --check", "diff vgg16", "optimize"):
        code, out, err = shell(f"\"$specbuild\" {words} $'b\\xff\\x1b.yaml'", folder)
        assert code in (0, 1)
        assert not {0xFF, 0x1B} & set(out + err)
    code, out, _ = shell("\"$specbuild\" render vgg16 -o $'c\\xff.dot'", folder)
    assert (code, out) == (0, b"wrote c\\udcff.dot\n")
    assert os.path.exists(os.fsencode(folder) + b"/c\xff.dot")
