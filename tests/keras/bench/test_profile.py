"""The profile of a tiny network in a worker process."""

from __future__ import annotations

from profiles import LIMITS

from inceptionspec.bench.profile import ENGINES, profile
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.frontend.load import LoadedSpec


def test_engines(network: LoadedSpec) -> None:
    assert ENGINES == ("keras", "graph", "optimized")
    for engine in ("keras", "optimized"):  # `graph` differs from the last in its graph alone
        told: list[tuple[str, int, int]] = []
        request = BenchRequest(batch=2, steps=2, burn_in=1, engine=engine)
        found = profile(
            network, request, limits=LIMITS, progress=lambda *one, told=told: told.append(one)
        )
        paths = [layer.path for layer in found.layers]
        assert paths == ["Stem", "Last", "Logits/Pool", "Logits/Dense", "Predictions"]
        assert all(layer.seconds > 0 for layer in found.layers), engine
        assert (found.head, found.batch, found.engine) == ("Logits", 2, engine)
        assert (found.steps, found.interrupted, found.peaks) == (2, False, LIMITS)
        assert found.spec.network == network.digests["network"]
        assert found.layer_seconds + found.outside_seconds < 2 * found.traced_seconds
        assert told[-1] == ("traced steps", 2, 2)
        assert [phase for phase, done, _ in told if done == 0] == [
            "preparing",
            "first step",
            "traced steps",
        ]
