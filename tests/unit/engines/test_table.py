"""The table of engines: its passes, its packages, and what is said where one cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec import SpecError
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.request.memory_estimate import RUNTIMES as MEMORY
from inceptionspec.bench.tune import candidates_of
from inceptionspec.diagnostics.optional_packages import EXTRAS
from inceptionspec.engines import available, order
from inceptionspec.rewrites.rewrite import chosen_passes
from inceptionspec.utils.processor import processor_features, usable_cores


@pytest.mark.parametrize("name", ENGINES)
def test_every_row_names_what_exists(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ENGINES[name]
    assert tuple(chosen_passes(engine.passes)) == engine.passes
    # Weights of layers that no output needs are not there to be rewritten.
    assert engine.passes[:1] in ((), ("dead-code-elimination",))
    assert engine.extra in {EXTRAS[package] for package in engine.packages}
    assert engine.in_tensorflow != (engine.runtime in MEMORY)
    monkeypatch.setattr(available, "installed", lambda package: True)
    monkeypatch.setattr(available, "processor_features", lambda: None)
    assert name in {candidate.engine for candidate in candidates_of("forward")}


def test_nothing_but_tensorflow_has_its_switches() -> None:
    for engine in ENGINES.values():
        switches = (engine.layers, engine.weights_as_inputs, engine.split_batch, engine.jit_compile)
        assert engine.in_tensorflow or not any(switches)


def test_where_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "installed", lambda package: False)
    assert available.available() == order.preferred(1).engines == ()
    with pytest.raises(SpecError) as caught:
        available.check_available("optimized", "engine='optimized'")
    [finding] = caught.value.findings
    assert finding.message == (
        "the engine `optimized` is not installed: there are no packages `tensorflow` and `keras`"
    )
    assert finding.notes == ("no engine can run here",)


def test_what_a_processor_has(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu avx avx2\nprocessor\t: 1\nflags\t: fpu\n")
    assert processor_features(file) == {"fpu", "avx", "avx2"}
    file.write_text("Features\t: asimd\n")  # an ARM processor has no such line
    assert processor_features(file) is None
    assert processor_features(tmp_path / "none") is None
    assert usable_cores() >= 1
