"""Every hostile file is refused, or is an inert network, within 1 s and 256 MiB."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile import Hostile, write

SECONDS = 1
"""Of processor time, start and end of Python included."""
STARTS = 5
"""What a second is where the check of a harmless spec takes 0.2 s: a file may take that many times
what such a check takes right after it, as on a slow machine both take longer."""
BYTES = 256 << 20
"""Of address space, which holds the interpreter, libraries and all that is mapped."""
ATTEMPTS = 15
"""A processor that others use as well takes longer now and then: one of so many runs is enough."""

HARMLESS = "spec: 1\nname: n\ninput: {size: 8x8}\nnetwork: [{op: flatten}]\n"


class Ended(NamedTuple):
    """How a process ended: its exit code, output, errors and seconds of processor time."""

    code: int
    output: str
    errors: str
    seconds: float


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hostile]:
    return {one.name: one for one in write(tmp_path_factory.mktemp("hostile"))}


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harmless") / "a.yaml"
    path.write_text(HARMLESS)
    assert check(path).code == 0
    return path


@pytest.fixture(scope="module")
def names(corpus: dict[str, Hostile]) -> list[str]:
    return list(corpus)


def check(path: Path) -> Ended:
    """Run `specbuild check` on one file in a process of its own, under limits."""
    with (
        (path.parent / "output").open("wb+") as output,
        (path.parent / "errors").open("wb+") as err,
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "inceptionspec", "check", path.name],
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=err,
            preexec_fn=_limit,
            env={**os.environ, "SPECBUILD_TRACEBACK": "1"},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        err.seek(0)
        texts = (output.read().decode("utf-8"), err.read().decode("utf-8"))
    return Ended(process.returncode, *texts, usage.ru_utime + usage.ru_stime)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def in_time(path: Path, harmless: Path) -> tuple[Ended, bool]:
    """A run of a file, and whether it or one of some more ends in time."""
    for _ in range(ATTEMPTS):
        ended = check(path)
        if ended.seconds <= SECONDS or ended.seconds <= STARTS * check(harmless).seconds:
            return ended, True
    return ended, False


def test_the_corpus_is_large_enough(names: list[str]) -> None:
    assert len(names) >= 100


# One test for all files of a kind, so that the corpus is written once; what fails is named.
@pytest.mark.parametrize("part", range(8))
def test_it_ends_in_time_and_memory_with_findings_or_as_a_network(
    part: int, corpus: dict[str, Hostile], names: list[str], harmless: Path
) -> None:
    wrong = [problem for name in names[part::8] for problem in _problems(corpus[name], harmless)]
    assert not wrong, "\n".join(wrong)


def _problems(hostile: Hostile, harmless: Path) -> list[str]:
    ended, quick = in_time(hostile.path, harmless)
    problems = []
    if ended.code not in ((1, 2) if hostile.refused else (0, 1)):
        problems.append(f"ended with {ended.code}: {ended.errors[-300:]}")
    if not quick:
        problems.append(f"took {ended.seconds:.2f} s")
    if "Traceback" in ended.errors or "has a bug" in ended.errors:
        problems.append(ended.errors[-300:])
    if hostile.refused and "error[E" not in ended.output + ended.errors:
        problems.append("without a finding")
    if len(ended.output) > 60_000:
        problems.append(f"put out {len(ended.output):,} characters")
    if (hostile.path.parent / "pwned").exists():
        problems.append("ran what it holds")
    return [f"{hostile.name}: {problem}" for problem in problems]
