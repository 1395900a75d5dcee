"""A profile as JSON and as values, read back, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import ENVIRONMENT
from profiles import profile_of
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench.records.profile_file import read_profile
from inceptionspec.bench.records.profile_record import MEASURES, record, values_of
from inceptionspec.frontend.load import LoadedSpec


@pytest.fixture
def data(network: LoadedSpec) -> dict[str, Any]:
    return record(profile_of(network, ENVIRONMENT))


def test_record(network: LoadedSpec, data: dict[str, Any]) -> None:
    profile = profile_of(network, ENVIRONMENT)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["schema"] == "inceptionspec.profile/1"
    assert data["spec"]["document"] == network.digests["document"]
    assert data["seconds"]["layers"] == pytest.approx(0.028)
    stem = data["layers"][0]
    assert (stem["path"], stem["op"], stem["seconds"], stem["bound"]) == (
        "Stem", "conv", 0.02, "matrix",
    )  # fmt: skip
    assert stem["predicted_seconds"] == profile.figures((profile.layers[0],)).predicted
    assert [block["path"] for block in data["blocks"]] == ["Stem", "Last", "Logits"]
    assert sum(block["flops"] for block in data["blocks"]) == data["total"]["flops"]
    assert set(data["conventions"]) == {"method", "roofline", "peaks"}
    assert data["peaks"]["matrix"]["per_second"] == 2e6


def test_values(network: LoadedSpec) -> None:
    profile = profile_of(network, ENVIRONMENT)
    times = values_of(profile)
    assert (times.unit, times.weights) == ("ms", None)
    assert times.layers["Stem"] == pytest.approx(20)
    assert times.layers["Logits/Dense"] == 0
    shares = values_of(profile, "efficiency")
    assert set(shares.layers) == {"Stem", "Last", "Logits/Pool"}  # nothing lasts no time
    stem, last = (profile.figures((layer,)) for layer in profile.layers[:2])
    assert shares.together(["Stem", "Last", "Logits/Dense"]) == pytest.approx(
        100 * (stem.predicted + last.predicted) / (stem.seconds + last.seconds)
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_written_is_read_back(
    network: LoadedSpec, data: dict[str, Any], tmp_path: Path, measure: str
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(data))
    assert read_profile(str(file), network, measure) == values_of(
        profile_of(network, ENVIRONMENT), measure
    )


def test_another_network(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(data))
    with pytest.raises(SpecError) as caught:
        read_profile(str(file), load("inception_v1"), "time")
    [finding] = caught.value.findings
    assert finding.code == "E0812"
    assert finding.message == "the values are of another document than `InceptionV1`"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the values are not JSON: expecting property name enclosed in double quotes"),
        ("[]", "the file is not `inceptionspec.profile/1`"),
        (
            '{"schema": "inceptionspec.bench/1"}',
            "the file is not `inceptionspec.profile/1`, but `inceptionspec.bench/1`",
        ),
    ],
)
def test_files_of_another_kind(
    network: LoadedSpec, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(text)
    with pytest.raises(SpecError) as caught:
        read_profile(str(file), network, "time")
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0811", message)


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"spec": None}, ["`spec` must hold the text `name`"]),
        ({"layers": []}, ["`layers` must hold at least one layer"]),
        ({"layers": 3, "spec": {}}, [
            "`spec` must hold the text `name`", "`layers` must hold at least one layer",
        ]),
        ({"layers": [7, {"path": "Stem", "seconds": -1, "predicted_seconds": 2}]}, [
            "layer 1 has no `path`",
            "`Stem` needs `seconds` and `predicted_seconds`, 0 or from 1e-30 to 1e+09",
        ]),
        ({"layers": [{"path": "Stem", "seconds": "long"}]}, [
            "`Stem` needs `seconds` and `predicted_seconds`, 0 or from 1e-30 to 1e+09",
        ]),
    ],
)  # fmt: skip
def test_broken_profiles(
    network: LoadedSpec,
    data: dict[str, Any],
    tmp_path: Path,
    changes: dict[str, Any],
    messages: list[str],
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps({**data, **changes}))
    with pytest.raises(SpecError) as caught:
        read_profile(str(file), network, "time")
    assert sorted(one.message for one in caught.value.findings) == sorted(messages)
    assert {one.code for one in caught.value.findings} == {"E0811"}
    assert "--profile -o FILE.json" in caught.value.findings[0].helps[0]


def test_a_file_that_is_not_there(network: LoadedSpec, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read_profile(str(tmp_path / "none.json"), network, "time")
    assert caught.value.findings[0].code == "E0802"
