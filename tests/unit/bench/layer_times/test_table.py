"""The file of measured times: kept whole, and measured again where it is of no use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inceptionspec.bench.layer_times.calibration import Whole
from inceptionspec.bench.layer_times.table import SCHEMA, read_table, table_key, write_table
from inceptionspec.diagnostics.diagnostic import SpecError

KEY = table_key("optimized", 1, None)
OTHER = table_key("graph", 1, None)


def test_times_are_kept_by_what_they_depend_on(tmp_path: Path) -> None:
    file = tmp_path / "new" / "times.json"
    table = read_table(KEY, file)
    assert (table.kinds, table.note) == ({}, "")
    table.pace, table.kinds, table.networks = 0.5, {"a": 2.0}, {"n": Whole(0.9, 1.0, 3)}
    write_table(table, file)
    again = read_table(KEY, file)
    assert (again.pace, again.kinds, again.networks, again.note) == (
        0.5, {"a": 2.0}, {"n": Whole(0.9, 1.0, 3)}, "",
    )  # fmt: skip
    other = read_table(OTHER, file)
    assert (other.kinds, other.note) == ({}, "")
    other.pace, other.kinds = 0.25, {"b": 1.0}
    write_table(other, file)
    assert read_table(KEY, file).kinds == {"a": 2.0}
    assert read_table(OTHER, file).kinds == {"b": 1.0}


def test_two_processes_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    one, two = read_table(KEY, file), read_table(KEY, file)
    one.pace, one.kinds = 0.5, {"a": 1.0}
    two.pace, two.kinds = 0.4, {"b": 2.0}
    write_table(one, file)
    write_table(two, file)
    both = read_table(KEY, file)
    assert (both.pace, both.kinds) == (0.4, {"a": 1.0, "b": 2.0})
    assert [path.name for path in tmp_path.iterdir()] == ["times.json"]


def test_another_machine_or_version_measures_again_with_a_word(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    old = read_table({**KEY, "tensorflow": "1.0"}, file)
    old.pace, old.kinds = 0.5, {"a": 1.0}
    write_table(old, file)
    table = read_table(KEY, file)
    assert table.kinds == {}
    assert table.note.endswith("another machine or other versions: all is measured again")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        json.dumps({"schema": "inceptionspec.layer_times/3", "tables": []}),
        json.dumps({"schema": SCHEMA, "tables": {}}),
        json.dumps({"schema": SCHEMA, "tables": [{"key": {}}]}),
        json.dumps({"schema": SCHEMA, "tables": [
            {"key": KEY, "pace": 1.0, "kinds": {"a": -1.0}, "networks": {}}
        ]}),
        json.dumps({"schema": SCHEMA, "tables": [
            {"key": KEY, "pace": 1.0, "kinds": {"a": "1"}, "networks": {}}
        ]}),
        json.dumps({"schema": SCHEMA, "tables": [
            {"key": KEY, "pace": 1.0, "kinds": {}, "networks": {"n": [1.0, 2.0]}}
        ]}),
        '{"schema": "inceptionspec.layer_times/2", "tables": [NaN]}',
    ],
)  # fmt: skip
def test_a_broken_file_holds_nothing_and_is_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "times.json"
    file.write_text(text)
    table = read_table(KEY, file)
    assert table.kinds == {}
    assert "all is measured again" in table.note
    table.pace, table.kinds = 0.5, {"a": 1.0}
    write_table(table, file)
    assert read_table(KEY, file).kinds == {"a": 1.0}


def test_a_folder_that_cannot_be_made_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError) as caught:
        write_table(read_table(KEY, tmp_path / "x"), tmp_path / "file" / "times.json")
    assert [one.code for one in caught.value.findings] == ["E0803"]
