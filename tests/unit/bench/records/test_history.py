"""Records in a file: appended whole, read with care, compared with a verdict."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from inceptionspec import SpecError
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.records.history import (
    append,
    check_records_file,
    compare_with_past,
    verdict_record,
)
from inceptionspec.bench.records.record import record
from inceptionspec.reports.bench.compare_text import verdict_text


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # long paths are cut in findings
    return "records.jsonl"


def even(run: Run, seconds: float, **changes: Any) -> Run:
    durations = tuple(seconds * (1 + number % 5 / 1000) for number in range(40))
    return dataclasses.replace(run, durations=durations, **changes)


def test_records_are_lines(run: Run, file: str) -> None:
    for seconds in (1.0, 2.0):
        append(file, record([even(run, seconds)]))
    lines = Path(file).read_text().splitlines()
    assert [json.loads(line)["runs"][0]["durations"][0] for line in lines] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("seconds", "tolerance", "failed", "word"),
    [
        (1.2, 0.05, True, "slower than allowed"),
        (1.2, 0.25, False, "slower"),
        (1.0, 0.05, False, "no difference shown"),
        (0.8, 0.05, False, "faster"),
    ],
)
def test_a_slowdown_beyond_the_tolerance_fails(
    run: Run, file: str, seconds: float, tolerance: float, failed: bool, word: str
) -> None:
    append(file, record([even(run, 1.0)]))
    found = compare_with_past(even(run, seconds), file, tolerance)
    assert found.failed == failed
    assert found.ratio.value == pytest.approx(1 / seconds)
    assert verdict_text(found).startswith(f"against the past: {word}\n")
    assert verdict_record(found)["failed"] == failed


def test_a_slowdown_that_may_be_chance_does_not_fail(run: Run, file: str) -> None:
    wide = tuple(1.0 + number % 10 / 10 for number in range(12))
    append(file, record([dataclasses.replace(run, durations=wide)]))
    slower = tuple(one * 1.08 for one in wide)
    found = compare_with_past(dataclasses.replace(run, durations=slower), file, 0.05)
    assert found.ratio.value == pytest.approx(1 / 1.08)
    assert not found.failed


def test_the_newest_that_fits_is_taken(run: Run, file: str) -> None:
    other = dataclasses.replace(run.spec, network="1" * 64)
    for one in (
        even(run, 3.0),
        even(run, 2.0),
        even(run, 1.0, spec=other),
        even(run, 1.0, batch=8),
    ):
        append(file, record([one]))
    assert compare_with_past(even(run, 2.0), file, 0.05).past.line == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"batch": 8},
            "holds no run of this network that ran as forward, spec, head Logits, batch 8",
        ),
        ({"mode": "predict"}, "holds no run of this network that ran as predict"),
        ({"threads": 1}, "threads"),
        ({"side": "keras:VGG16"}, "keras:VGG16"),
        ({"environment": "other"}, "holds no run from this machine (another)"),
        ({"spec": "other"}, f"holds no run of the network `{'1' * 12}`"),
    ],
)
def test_a_record_of_another_network_or_machine_is_refused(
    run: Run, file: str, change: dict[str, Any], message: str
) -> None:
    append(file, record([even(run, 1.0)]))
    if "environment" in change:
        change = {"environment": {**run.environment, "cpu": "another"}}
    if "spec" in change:
        change = {"spec": dataclasses.replace(run.spec, network="1" * 64)}
    with pytest.raises(SpecError) as caught:
        compare_with_past(even(run, 1.0, **change), file, 0.05)
    [finding] = caught.value.findings
    assert finding.code == "E0809"
    assert message in finding.message
    assert finding.notes
    assert finding.primary.span.source.name == f"--against {file}"


def test_other_versions_are_marked(run: Run, file: str) -> None:
    append(file, record([even(run, 1.0)]))
    now = even(
        run,
        1.0,
        environment={**run.environment, "tensorflow": "2.99.0", "load_average": [9.0]},
        engine="xla",
        spec=dataclasses.replace(run.spec, document="e" * 64),
    )
    found = compare_with_past(now, file, 0.05)
    assert found.differences == (
        "engine: keras then, xla now",
        "the spec's text has changed, the network has not",
        "tensorflow: 2.21.0 then, 2.99.0 now",
    )
    assert "2.21.0 then, 2.99.0 now" in verdict_text(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not json\n", "line 1 is not JSON"),
        ("[" * 100_000, "line 1 is not JSON"),
        ("[1]\n", "line 1 is not a record"),
        (
            '{"schema": "inceptionspec.summary/1"}\n',
            "line 1 has the schema `inceptionspec.summary/1`",
        ),
        (
            '{"schema": "inceptionspec.bench/1", "runs": []}',
            "line 1 has the schema `inceptionspec.bench/1`",
        ),
        ('{"schema": "inceptionspec.bench/2"}\n', "line 1 lacks a part of a record"),
        (
            '{"schema": "inceptionspec.bench/2", "environment": {}, "runs": [{}]}',
            "line 1 lacks a part of a record",
        ),
        ("\xff\xfe", "line 1 is not JSON"),
        ("\n[1e400]", "in line 2 a number is not finite"),
        ("[NaN]", "in line 1 a number is not finite"),
    ],
)
@pytest.mark.parametrize("option", ["--save", "--against"])
def test_a_file_of_another_kind(text: str, why: str, option: str, file: str) -> None:
    Path(file).write_bytes(text.encode("latin-1"))
    with pytest.raises(SpecError) as caught:
        check_records_file(file, option)
    [finding] = caught.value.findings
    assert (finding.code, caught.value.exit_code) == ("E0808", 2)
    assert finding.message == f"`{file}` is not a file of benchmark records: {why}"
    assert finding.primary.span.source.name == f"{option} {file}"


@pytest.mark.parametrize("durations", [[], [0], [-1.0], ["a"], None, [True], [1e-13], [10**17]])
def test_durations_that_are_none(durations: Any, run: Run, file: str) -> None:
    data = record([run])
    data["runs"][0]["durations"] = durations
    Path(file).write_text(json.dumps(data))
    with pytest.raises(SpecError, match="lacks a part of a record"):
        check_records_file(file, "--against")


def test_a_file_that_is_not_there(file: str) -> None:
    check_records_file(file, "--save")
    with pytest.raises(SpecError) as caught:
        check_records_file(file, "--against")
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0802", f"there is no file `{file}`")


def test_a_file_without_a_run_is_refused_before_measuring(file: str) -> None:
    Path(file).write_text("\n")
    check_records_file(file, "--save")
    with pytest.raises(SpecError) as caught:
        check_records_file(file, "--against")
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0809", f"`{file}` holds no run")
    assert finding.primary.span.source.name == f"--against {file}"


def test_a_full_disk_leaves_the_old_records(
    run: Run, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(file, record([run]))
    before = Path(file).read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as opened:
            opened.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SpecError) as caught:
        append(file, record([run]))
    [finding] = caught.value.findings
    assert finding.code == "E0803"
    assert finding.message == f"`{file}` cannot be written: no space left on device"
    assert Path(file).read_bytes() == before
    assert os.listdir(Path(file).parent) == ["records.jsonl"]


def test_a_line_that_lacks_its_end_is_not_continued(run: Run, file: str) -> None:
    append(file, record([run]))
    Path(file).write_bytes(Path(file).read_bytes().rstrip(b"\n"))
    append(file, record([run]))
    assert len(Path(file).read_text().splitlines()) == 2


def test_two_who_append_at_once_lose_nothing(run: Run, file: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: append(file, record([run])), range(20)))
    assert len(Path(file).read_text().splitlines()) == 20
