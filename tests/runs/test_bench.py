"""The benchmark through TensorFlow on a tiny network, and what it refuses before."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from inceptionspec import Network, SpecError, load
from inceptionspec.runs.bench import bench
from inceptionspec.runs.run import Identity


def test_bench(network: Network) -> None:
    pytest.importorskip("tensorflow")
    told: list[str] = []
    run = bench(
        network, batch=2, steps=5, burn_in=1, progress=lambda phase, done, whole: told.append(phase)
    )
    assert (run.mode, run.head, run.batch, run.steps, run.burn_in) == ("forward", "Logits", 2, 5, 1)
    assert run.spec == Identity(
        "Tiny", "<text>", network.digests["network"], network.digests["document"]
    )
    assert told == ["first step"] * 2 + ["burn-in"] + ["steps"] * 5
    assert not run.interrupted
    assert run.first_step_seconds > max(run.durations) > 0
    assert run.macs == 8 * 8 * 3 * 3 * 3 * 4 + 8 * 8 * 4 * 2 + 2 * 3
    assert run.started.tzinfo is not None
    assert (run.finished - run.started).total_seconds() >= sum(run.durations)


def test_all_heads_and_no_heads(network: Network) -> None:
    pytest.importorskip("tensorflow")
    assert bench(network, head="all", batch=1, steps=1, burn_in=0).head == "all"
    bare = load(
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n  - {op: max_pool, name: A, kernel: 2x2}\n"
    )
    run = bench(bare, batch=1, steps=1, burn_in=0)
    assert (run.head, run.macs) == (None, 0)
    assert run.flops == 8 * 8 * 3 * 4


def test_every_step_runs_the_whole_pass_on_one_batch(network: Network) -> None:
    tf = pytest.importorskip("tensorflow")
    from inceptionspec.runs.forward import forward_step

    tf.config.run_functions_eagerly(True)
    try:
        step = forward_step(network.graph, ("Aux/Dense", "Predictions"), 3)
        seen: list[Any] = []
        original = tf.keras.Model.__call__

        def spy(self: Any, images: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append((images, kwargs["training"]))
            return original(self, images, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tf.keras.Model, "__call__", spy)
            step()
            step()
    finally:
        tf.config.run_functions_eagerly(False)
    (first, training), (second, _) = seen
    assert first is second
    assert training is False
    assert first.shape == (3, 8, 8, 3)
    assert -1 <= first.numpy().min() < -0.5
    assert 0.5 < first.numpy().max() < 1


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ({"steps": 0}, "--steps 0", "the number of steps must be at least 1, not 0"),
        ({"batch": -2}, "--batch -2", "the batch must be at least 1, not -2"),
        ({"burn_in": -1}, "--burn-in -1", "the number of burn-in steps must be at least 0, not -1"),
    ],
)
def test_numbers_that_are_too_small(
    network: Network, option: dict[str, int], name: str, message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        bench(network, **option)  # type: ignore[arg-type]
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0805", message)
    assert finding.primary.span.source.name == name
    assert caught.value.exit_code == 2


def test_all_small_numbers_are_told_at_once(network: Network) -> None:
    with pytest.raises(SpecError) as caught:
        bench(network, steps=0, batch=0, burn_in=-1)
    assert [one.code for one in caught.value.findings] == ["E0805"] * 3


def test_open_size() -> None:
    with pytest.raises(SpecError) as caught:
        bench(load("inception_v3", input="any"))
    [finding] = caught.value.findings
    assert finding.code == "E0805"
    assert finding.message == (
        "a benchmark needs a known input size, and that of `InceptionV3` is ?x?"
    )
    assert finding.helps == ("give it a size: add `--input 299x299`",)
    assert finding.primary.span.source.name == "input='any'"


def test_refusals_do_not_wait_for_tensorflow() -> None:
    code = (
        "import sys\n"
        "from inceptionspec import SpecError, load\n"
        "from inceptionspec.runs.bench import bench\n"
        "try:\n"
        "    bench(load('inception_v3'), head='none')\n"
        "except SpecError:\n"
        "    assert 'tensorflow' not in sys.modules\n"
        "else:\n"
        "    raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
