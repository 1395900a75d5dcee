"""A sweep whose shown variants have times."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import spec
from turning import TurningWorker

from inceptionspec.bench.layer_times import LayerTimes, TimeRequest, layer_times
from inceptionspec.diagnostics.source import Source
from inceptionspec.sweep.knobs import parse_setting
from inceptionspec.sweep.request import Options, make_request
from inceptionspec.sweep.run import run
from inceptionspec.sweep.times import graphs_of, with_times

NETWORK = spec(
    "- {op: conv, kernel: 1, filters: $filters, activation: relu}",
    rest="args: {filters: 8}",
)


def test_the_front_and_the_rows_have_predicted_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_times, "Process", TurningWorker)
    options = Options([parse_setting("filters=10,20,30,40,50,ten")], front=["field:max", "params"])
    request = make_request(Source("net.yaml", NETWORK), options)
    times = LayerTimes(TimeRequest(), tmp_path / "times.json")
    found = with_times(run(request), graphs_of(request.task), times, measured=1)
    shown = {one.values["filters"]: one for one in found.swept.shown}
    assert set(shown) == {"10", "20", "30", "40", "50"}  # `ten` is no network
    assert [shown[key].figure("predicted") for key in sorted(shown)] == pytest.approx(
        [0.008, 0.016, 0.024, 0.032, 0.040]
    )
    assert {key for key, one in shown.items() if one.measured is not None} == {
        "10",
        "20",
        "30",
        "40",
        "50",
    }
    assert shown["50"].measured == pytest.approx(0.04)
    assert (found.checked, found.near) == (5, 5)
    assert found.swept.front[0].predicted == pytest.approx(0.008)
    assert found.swept.counts.refused == 1
