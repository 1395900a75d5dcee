"""A label for each class, or a finding that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.export.labels import fitted_labels, read_labels

PLACE = external("--labels labels.txt")


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        (b"cat\ndog\n", ("cat", "dog")),
        (b"\xef\xbb\xbfcat\r\ndog", ("cat", "dog")),
        ("Wüste\n  n0 tench, Tinca tinca \n\n\n".encode(), ("Wüste", "n0 tench, Tinca tinca")),
        (b"\ncat\n\ndog\n", ("", "cat", "", "dog")),
    ],
)
def test_a_line_is_a_label(tmp_path: Path, content: bytes, labels: tuple[str, ...]) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    assert read_labels(str(tmp_path / "labels.txt"), PLACE) == labels


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"caf\xe9\n", "it is not UTF-8 text"),
        (b"a\0b\n", "it is not text"),
        (b"a\n" * 9_000_000, "it has more than"),
    ],
)
def test_what_is_no_file_of_labels(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_labels(str(tmp_path / "labels.txt"), PLACE)
    (finding,) = caught.value.findings
    assert finding.code == "E0716"
    assert reason in finding.message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.txt", tmp_path, Path("/dev/zero"), tmp_path / "a\0b"):
        with pytest.raises(SpecError) as caught:
            read_labels(str(file), PLACE)
        assert caught.value.findings[0].code == "E0802"


WORDS = [f"w{number}" for number in range(1000)]


def test_as_many_as_classes() -> None:
    assert fitted_labels(WORDS, 1000, "f", PLACE) == tuple(WORDS)
    assert fitted_labels(("a",), 1, "f", PLACE) == ("a",)


def test_the_background_class_comes_and_goes() -> None:
    assert fitted_labels(WORDS, 1001, "f", PLACE) == ("background", *WORDS)
    assert fitted_labels(["Background", *WORDS], 1000, "f", PLACE) == tuple(WORDS)
    assert fitted_labels(["dummy", *WORDS], 1001, "f", PLACE) == ("dummy", *WORDS)


@pytest.mark.parametrize(
    ("labels", "classes", "help_"),
    [
        (WORDS, 1008, "write one label a line for each of the 1,008 classes, in their order"),
        (["tench", *WORDS], 1000, "write one label a line"),
        (["label", "a", "b"], 2, "delete the first line, which is a title"),
        (["a", "", "b"], 2, "empty lines count: delete those that name no class"),
        (WORDS[:10], 11, "write one label a line"),
    ],
)
def test_another_number_is_refused(labels: list[str], classes: int, help_: str) -> None:
    with pytest.raises(SpecError) as caught:
        fitted_labels(labels, classes, "f", PLACE)
    (finding,) = caught.value.findings
    assert finding.code == "E0716"
    assert f"{len(labels):,} labels" in finding.message
    assert finding.helps[0].startswith(help_)
