"""Values, profiles, records and caches from anywhere: used, or refused with a finding."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, loaded

from inceptionspec import SpecError
from inceptionspec.analysis.layer_values import LARGEST, SMALLEST, read_layer_values
from inceptionspec.bench.choice import measured_line
from inceptionspec.bench.records import tuning_cache
from inceptionspec.bench.records.history import check_records_file, compare_with_past
from inceptionspec.bench.records.profile_file import MAX_SECONDS, MIN_SECONDS, read_profile
from inceptionspec.bench.records.profile_record import MEASURES
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.bench.compare_text import verdict_text

CORPUS = ROOT / "tests" / "corpus" / "side_files"


@pytest.fixture(scope="module")
def network() -> LoadedSpec:
    return loaded(str(CORPUS / "m.yaml"))


def parsed(name: str) -> Any:
    return json.loads((CORPUS / name).read_text())


def good(name: str) -> Any:
    """A file of the corpus whose numbers are ordinary."""
    text = (CORPUS / name).read_text()
    for huge in ("1.7e+308", "1" + "0" * 399):
        text = text.replace(huge, "1.5")
    data = json.loads(text)
    if "runs" in data:
        data["runs"][0].update(spec={**data["runs"][0]["spec"], "network": "0" * 64})
    return data


def codes(read: Callable[..., object], *arguments: Any) -> set[str]:
    with pytest.raises(SpecError) as caught:
        read(*arguments)
    return {finding.code for finding in caught.value.findings}


def test_values_that_cannot_be_added_up(network: LoadedSpec) -> None:
    assert codes(read_layer_values, str(CORPUS / "huge.json"), network) == {"E0811"}


@pytest.mark.parametrize("number", [LARGEST, -LARGEST, SMALLEST, 0.0])
def test_the_largest_and_smallest_values_have_finite_sums(
    network: LoadedSpec, tmp_path: Path, number: float
) -> None:
    data = good("huge.json")
    data["layers"] = dict.fromkeys(data["layers"], number)
    data["weights"] = dict.fromkeys(data["layers"], abs(number))
    file = tmp_path / "values.json"
    file.write_text(json.dumps(data))
    together = read_layer_values(str(file), network).together(data["layers"])
    assert together is None if number == 0 else math.isfinite(together)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_profile_of_huge_times(network: LoadedSpec, measure: str) -> None:
    assert codes(read_profile, str(CORPUS / "p_huge.json"), network, measure) == {"E0811"}


@pytest.mark.parametrize(
    ("seconds", "predicted"), [(MIN_SECONDS, MAX_SECONDS), (MAX_SECONDS, MIN_SECONDS)]
)
def test_the_longest_and_shortest_times_have_finite_figures(
    network: LoadedSpec, tmp_path: Path, seconds: float, predicted: float
) -> None:
    data = good("p_huge.json")
    for layer in data["layers"]:
        layer.update(seconds=seconds, predicted_seconds=predicted)
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(data))
    for measure in MEASURES:
        values = read_profile(str(file), network, measure)
        together = values.together(values.layers)
        assert together is not None
        assert math.isfinite(together)


@pytest.mark.parametrize("option", ["--against", "--save"])
def test_a_record_of_a_number_without_end(option: str) -> None:
    assert codes(check_records_file, str(CORPUS / "r_bigint.jsonl"), option) == {"E0808"}


def test_a_cache_of_wrong_types(network: LoadedSpec) -> None:
    wanted = tuning_cache.cache_key(network, BenchRequest())
    recalled = tuning_cache.look_up(wanted, CORPUS / "tuned.json")
    assert recalled.choices == ()
    assert "broken" in recalled.note


def test_nothing_but_regular_files_is_read(network: LoadedSpec, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "loop").symlink_to("loop")
    for name in (pipe, tmp_path / "loop", tmp_path, Path("/dev/zero")):
        file = str(name)
        assert codes(read_layer_values, file, network) == {"E0802"}
        assert codes(read_profile, file, network, "time") == {"E0802"}
        assert codes(check_records_file, file, "--against") == {"E0802"}
        assert tuning_cache.look_up({}, name).note.startswith(f"`{file}` cannot be read: ")


def test_a_file_of_many_parts_is_refused_before_it_is_parsed(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("[" + "[]," * 300_000)
    monkeypatch.setattr(json, "loads", None)  # each part takes many times its length in memory
    assert codes(read_layer_values, str(file), network) == {"E0811"}
    assert codes(read_profile, str(file), network, "time") == {"E0811"}
    assert codes(check_records_file, str(file), "--save") == {"E0808"}
    assert tuning_cache.look_up({}, file).note


STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**17, 1e308, -1e-308, 5e-324, math.nan, math.inf, "", "x" * 2000,
    "\ud800", "\x1b[2J", [], {}, [[]], [None], {"": 0}, {"a": {"b": []}},
)  # fmt: skip


def mutated(data: Any, generator: random.Random) -> Any:
    """The same with one to three values replaced, removed, renamed or repeated."""
    data = copy.deepcopy(data)
    for _ in range(generator.randint(1, 3)):
        places = [(holder, key) for holder in holders(data) for key in keys(holder)]
        if not places:
            return generator.choice(STRANGE)
        holder, key = generator.choice(places)
        way = generator.randrange(4)
        if way == 0:
            del holder[key]
        elif way == 1 and isinstance(holder, dict):
            holder[generator.choice(["", "spec", "\ud800", "B/L/A"])] = holder.pop(key)
        elif way == 2 and isinstance(holder, list):
            holder += [copy.deepcopy(holder[key])] * generator.choice([1, 20_000])
        else:
            holder[key] = copy.deepcopy(generator.choice(STRANGE))
    return data


def holders(data: Any) -> list[Any]:
    found, pending = [], [data]
    while pending:
        one = pending.pop()
        if isinstance(one, (dict, list)):
            found.append(one)
            pending += list(one.values() if isinstance(one, dict) else one)[:50]
    return found


def keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_file_holds(network: LoadedSpec, tmp_path: Path, run: Any, seed: int) -> None:
    generator = random.Random(seed)
    file = tmp_path / "file"
    past = good("r_bigint.jsonl")
    past["environment"] = dict(run.environment)
    past["runs"][0].update(
        {key: getattr(run, key) for key in ("mode", "head", "batch", "threads", "side", "engine")}
    )
    wanted = tuning_cache.cache_key(network, BenchRequest())
    choice = {
        "engine": "xla", "onednn": True, "ratio": 2.0, "low": 1.9, "high": 2.1,
        "baseline": "keras", "when": "2026-01-01",
    }  # fmt: skip
    cache = {"schema": tuning_cache.SCHEMA, "tuned": [{"key": wanted, "choices": [choice]}]}

    def cached() -> object:
        return [measured_line(one) for one in tuning_cache.look_up(wanted, file).choices]

    name = str(file)
    kinds: dict[str, tuple[Any, Callable[[], object]]] = {
        "values": (good("huge.json"), lambda: read_layer_values(name, network)),
        "time": (good("p_huge.json"), lambda: read_profile(name, network, "time")),
        "efficiency": (good("p_huge.json"), lambda: read_profile(name, network, "efficiency")),
        "record": (past, lambda: verdict_text(compare_with_past(run, name, 0.05))),
        "cache": (cache, cached),
    }
    used = dict.fromkeys(kinds, 0)
    for number in range(150):
        for kind, (data, read) in kinds.items():
            written = data if number == 0 else mutated(data, generator)
            file.write_text(json.dumps(written), encoding="ascii")
            try:
                used[kind] += read() is not None
            except SpecError as error:
                assert error.exit_code == 2
                assert str(error)
    assert all(used.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 10**400), ("steps", -(10**400)), ("batch", 10**400), ("burn_in", 10**400),
        ("threads", 10**400), ("min_seconds", math.inf), ("min_seconds", math.nan),
        ("steps", 0), ("burn_in", -1),
    ],
)  # fmt: skip
def test_a_request_of_numbers_without_bounds(field: str, value: float) -> None:
    request = dataclasses.replace(BenchRequest(), **{field: value})
    assert codes(request.check) == {"E0805"}
