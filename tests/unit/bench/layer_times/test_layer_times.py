"""What is missing, what is measured, and what is predicted from it: with a worker that computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from turning import TurningWorker, network

from inceptionspec.bench.layer_times import LayerTimes, TimeRequest, layer_times, predict_networks
from inceptionspec.diagnostics.diagnostic import SpecError


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_times, "Process", TurningWorker)
    TurningWorker.asked = []


def test_a_network_is_predicted_from_its_layers(tmp_path: Path) -> None:
    times = LayerTimes(TimeRequest(), tmp_path / "times.json")
    first, second = network(10, 20), network(20, 20, 40)
    assert len(times.missing([first, second])) == 5  # 20 after 10, and after 20, are two kinds
    assert times.predict(first) is None
    times.measure([first, second], [first])
    found = times.predict(second)
    assert found is not None
    assert list(found.layers.values()) == pytest.approx([0.02, 0.02, 0.04])
    assert found.sum == pytest.approx(0.08)
    assert (found.networks, found.spread) == (1, None)
    assert found.seconds == pytest.approx(0.064)
    assert found.measured is None
    own = times.predict(first)
    assert own is not None
    assert own.measured == pytest.approx(0.024)
    assert own.networks == 0


def test_what_was_measured_is_kept_and_not_measured_again(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    LayerTimes(TimeRequest(), file).measure([network(10, 20)], [network(10, 20)])
    assert len(TurningWorker.asked) == 1
    again = LayerTimes(TimeRequest(), file)
    assert again.missing([network(10, 20)]) == ()
    assert again.is_calibrated(network(10, 20))
    assert not again.is_calibrated(network(10))
    again.measure([network(10, 20)])
    assert len(TurningWorker.asked) == 1
    again.measure([network(10, 20, 30)])
    layers = [part for part in TurningWorker.asked[1]["parts"] if "op" in part]
    assert [layer["attributes"]["filters"] for layer in layers] == [30]
    other = LayerTimes(TimeRequest("graph"), file)
    assert len(other.missing([network(10, 20)])) == 2


def test_several_threads_are_timed_by_the_clock(tmp_path: Path) -> None:
    times = LayerTimes(TimeRequest(threads=2), tmp_path / "times.json")
    times.measure([], [network(10)])
    found = times.predict(network(10))
    assert found is not None
    assert found.sum == pytest.approx(0.02)  # the least of the clock is twice the processor's
    assert TurningWorker.asked[0]["threads"] == 2


def test_many_kinds_take_turns_some_at_a_time_and_are_kept_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "times.json"
    graph = network(*range(1, 81))
    ask = TurningWorker.ask

    def stopped(self: TurningWorker, *arguments: Any) -> dict[str, Any]:
        if TurningWorker.asked:
            raise KeyboardInterrupt
        return ask(self, *arguments)

    monkeypatch.setattr(TurningWorker, "ask", stopped)
    with pytest.raises(KeyboardInterrupt):
        LayerTimes(TimeRequest(), file).measure([graph], [graph])
    monkeypatch.setattr(TurningWorker, "ask", ask)
    times = LayerTimes(TimeRequest(), file)
    assert len(times.missing([graph])) == 40  # chunks of one size
    seen: list[tuple[int, int]] = []
    times.measure([graph], [graph], lambda stage, done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)
    found = times.predict(graph)
    assert found is not None
    assert found.measured == pytest.approx(0.8 * sum(range(1, 81)) / 1000)


def test_many_networks_are_calibrated_by_five(tmp_path: Path) -> None:
    times = LayerTimes(TimeRequest(), tmp_path / "times.json")
    graphs = [network(count, 8) for count in (30, 10, 50, 20, 40, 25, 45)]
    found = predict_networks(graphs, times)
    assert [round(1e3 * each.sum) for each in found] == [38, 18, 58, 28, 48, 33, 53]
    assert [times.is_calibrated(graph) for graph in graphs].count(True) == 5
    assert [each.seconds for each in found] == pytest.approx([0.8 * each.sum for each in found])
    assert {each.networks for each in found} == {4, 5}
    assert found[3].spread == pytest.approx(0, abs=1e-9)
    assert predict_networks([], times) == ()


def test_what_cannot_be_timed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    for request in (TimeRequest("xla"), TimeRequest("optimised"), TimeRequest(threads=0)):
        with pytest.raises(SpecError) as caught:
            LayerTimes(request, file)
        assert [one.code for one in caught.value.findings] == ["E0805"]
    with pytest.raises(SpecError) as caught:
        LayerTimes(TimeRequest(), file).missing([network(4, size="any")])
    assert [one.code for one in caught.value.findings] == ["E0805"]
