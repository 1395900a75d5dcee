"""The commit around a spec, read from the files of git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inceptionspec.bench.machine.commit import commit

HASH, OTHER, LONG = "a1" * 20, "b2" * 20, "c3" * 32


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "repository" / "nets").mkdir(parents=True)
    return tmp_path / "repository" / "nets" / "spec.yaml"


def git(spec: Path, folder: str = ".git", **files: str) -> Path:
    """A folder of git at the top of the repository; `__` in a name stands for a slash."""
    made = spec.parents[1] / folder
    for name, text in files.items():
        file = made / name.replace("__", "/").replace("_", "-")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return made


def test_without_a_repository_there_is_none(spec: Path) -> None:
    assert commit(spec) is None
    assert commit(None) is None


def test_a_branch(spec: Path) -> None:
    git(spec, HEAD="ref: refs/heads/main\n", refs__heads__main=f"{HASH}\n")
    assert commit(spec) == HASH


@pytest.mark.parametrize("value", [HASH, LONG])
def test_a_detached_head(spec: Path, value: str) -> None:
    git(spec, HEAD=f"{value}\n")
    assert commit(spec) == value


def test_a_packed_reference(spec: Path) -> None:
    packed = (
        f"# pack-refs with: peeled fully-peeled sorted\n{OTHER} refs/heads/mai\n"
        f"{HASH} refs/heads/main\n^{OTHER}\n{OTHER} refs/tags/main\n"
    )
    git(spec, HEAD="ref: refs/heads/main\n", packed_refs=packed)
    assert commit(spec) == HASH


def test_a_loose_reference_is_newer_than_a_packed_one(spec: Path) -> None:
    git(
        spec,
        HEAD="ref: refs/heads/main\n",
        refs__heads__main=f"{HASH}\n",
        packed_refs=f"{OTHER} refs/heads/main\n",
    )
    assert commit(spec) == HASH


def test_a_work_tree_reads_the_common_folder(spec: Path) -> None:
    common = git(spec, "common", refs__heads__topic=f"{HASH}\n")
    tree = common / "worktrees" / "tree"
    tree.mkdir(parents=True)
    (tree / "HEAD").write_text("ref: refs/heads/topic\n")
    (tree / "commondir").write_text("../..\n")
    (spec.parents[1] / ".git").write_text(f"gitdir: {tree}\n")
    assert commit(spec) == HASH


def test_a_submodule_names_its_folder_relatively(spec: Path) -> None:
    git(spec, "modules", HEAD=HASH)
    (spec.parent / ".git").write_text("gitdir: ../modules\n")
    assert commit(spec) == HASH


@pytest.mark.parametrize(
    "head",
    [
        "",
        "main",
        HASH[:39],
        HASH.upper(),
        "ref: refs/heads/none",
        "ref: refs/heads/../../HEAD",
        "ref: /etc/passwd",
        "ref: HEAD",
        "ref: refs/heads/a\\b",
        "ref: refs/heads/loop",
        "x" * 10_000,
    ],
)
def test_what_is_no_commit(spec: Path, head: str) -> None:
    git(spec, HEAD=head, refs__heads__loop="ref: refs/heads/loop\n")
    assert commit(spec) is None


@pytest.mark.parametrize(
    "text", ["", "gitdir:", "gitdir: none", "x", "gitdir: \0", "gitdir: " * 99]
)
def test_a_file_that_names_no_folder(spec: Path, text: str) -> None:
    (spec.parent / ".git").write_text(text)
    assert commit(spec) is None


def test_what_is_no_regular_file_is_not_waited_for(spec: Path) -> None:
    os.mkfifo(git(spec, refs__heads__main=HASH) / "HEAD")
    assert commit(spec) is None
    os.mkfifo(spec.parent / ".git")
    assert commit(spec) is None
