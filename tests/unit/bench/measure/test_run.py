"""A run's figures, its text and its record."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from datetime import datetime

import pytest

from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.records.record import evenly_chosen, record
from inceptionspec.reports.bench.table import csv_text, table
from inceptionspec.reports.bench.text import benchmark_line, text


def test_rates(run: Run) -> None:
    assert run.steps == 50
    assert run.images_per_second == pytest.approx(51 / 2.55)
    assert run.gflops_per_second == pytest.approx(40)


def test_the_line_of_tf_slim(run: Run) -> None:
    # The mean of 0.1 to 5.0 is 2.55, the variance of 1 to n (n^2 - 1) / 12: 208.25.
    assert benchmark_line(run) == (
        "2026-11-22 23:10:00.123456: Forward across 50 steps, 2.550 +/- 1.443 sec / batch"
    )


def test_the_line_of_tf_slim_on_a_whole_second(run: Run) -> None:
    whole = dataclasses.replace(run, finished=datetime(2026, 11, 22, 23, 10))
    assert benchmark_line(whole).startswith("2026-11-22 23:10:00.000000: Forward across ")


def test_the_line_of_a_step_without_a_batch(run: Run) -> None:
    built = dataclasses.replace(run, mode="build", batch=None, engine=None)
    assert benchmark_line(built).endswith("Build across 50 steps, 2.550 +/- 1.443 sec / build")


def test_text(run: Run) -> None:
    noisy = dataclasses.replace(run, noise=("others were at work",))
    assert (
        text(noisy)
        == """\
2026-11-22 23:10:00.123456: Forward across 50 steps, 2.550 +/- 1.443 sec / batch
  network          Tiny of nets/tiny.yaml
  run              head Logits, batch 51, engine keras, after 10 burn-in steps
  a step           is made up
  images/s         20.00
  median           2.550 sec / batch, interquartile range 2.450
  90th percentile  4.510 sec / batch
  range            0.1000 to 5.000 sec / batch
  first step       6.250 sec, 3.700 more than the median: compilation and first
                   allocation
  preparation      12.50 sec, 2.500 of it tracing
  peak memory      700 MiB resident, of the process that ran the steps
  GFLOP/s          40.00, from the spec's own count of 2,000,000,000 FLOPs
                   (1,000,000,000 MACs) per image; FLOPs are 2 x MACs, plus per
                   output element: batch norm 2, bias 1, activation 1 (softmax
                   5), pooling its window, add and multiply 1
  noise            others were at work

  CPU              A processor\\u001b[31m of some maker; usable cores: 4 logical,
                   unknown physical
  versions         TensorFlow 2.21.0, Keras 3.15.1, Python 3.11.7, inceptionspec
                   0.1.0
  platform         Linux-6.18-x86_64-with-glibc2.36
  commit           aaaaaaaaaaaa, HEAD of the spec's repository
  numbers          float32
  threads          intra-op 2, inter-op chosen by TensorFlow
  oneDNN           on, TF_ENABLE_ONEDNN_OPTS=1
  XLA              XLA_FLAGS=--xla_cpu_multi_thread_eigen=false
                   --xla_cpu_multi_thread_eigen=false
                   --xla_cpu_multi_thread_eigen=false
                   --xla_cpu_multi_thread_eigen=false
  load average     0.50 0.25 0.00 before the run
"""
    )


def test_a_percentile_with_too_few_beyond_it_is_left_out(run: Run) -> None:
    assert "99th percentile" not in text(run)
    many = dataclasses.replace(run, durations=run.durations * 10)
    assert "  99th percentile  5.000 sec / batch\n" in text(many)
    few = dataclasses.replace(run, durations=run.durations[:49])
    assert "percentile" not in text(few)


@pytest.mark.parametrize(
    ("head", "shown"), [("all", "all heads"), (None, "all layers"), ("Aux", "head Aux")]
)
def test_text_names_what_was_run(run: Run, head: str | None, shown: str) -> None:
    lines = text(dataclasses.replace(run, head=head)).splitlines()
    assert lines[2].split(None, 1)[1].startswith(f"{shown}, batch 51")


def test_text_of_quick_steps_keeps_digits(run: Run) -> None:
    quick = dataclasses.replace(run, durations=(0.00012346,) * 3, batch=4)
    assert "  median           0.0001235 sec / batch, interquartile range 0" in text(quick)
    assert "  images/s         32,399\n" in text(quick)


def test_text_says_that_a_run_was_interrupted(run: Run) -> None:
    assert "interrupted" not in text(run)
    assert "interrupted" in text(dataclasses.replace(run, interrupted=True))


def test_record(run: Run) -> None:
    data = record([run])
    assert list(data) == ["schema", "environment", "runs"]
    assert data["schema"] == "inceptionspec.bench/2"
    assert data["environment"] == run.environment
    [entry] = data["runs"]
    assert entry.pop("spec") == {
        "name": "Tiny",
        "path": "nets/tiny.yaml",
        "network": "0" * 64,
        "document": "f" * 64,
        "commit": "a" * 40,
    }
    seconds = entry.pop("seconds")
    assert list(seconds) == ["mean", "sd", "median", "iqr", "p90", "p99", "min", "max"]
    assert seconds["p99"] is None
    assert seconds["p90"] == pytest.approx(4.51)
    assert entry.pop("durations") == list(run.durations)
    assert entry == {
        "side": "spec",
        "mode": "forward",
        "engine": "keras",
        "head": "Logits",
        "batch": 51,
        "precision": "float32",
        "cost": None,
        "threads": None,
        "steps": 50,
        "burn_in": 10,
        "interrupted": False,
        "started": "2026-11-22T23:09:00+00:00",
        "finished": "2026-11-22T23:10:00.123456+00:00",
        "macs": 1_000_000_000,
        "flops": 2_000_000_000,
        "images_per_second": run.images_per_second,
        "gflops_per_second": run.gflops_per_second,
        "prepare_seconds": 12.5,
        "trace_seconds": 2.5,
        "first_step_seconds": 6.25,
        "peak_bytes": 700 << 20,
        "facts": {"a step": "is made up"},
        "noise": [],
    }


def test_record_is_json(run: Run) -> None:
    data = record([run, run])
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert len(data["runs"]) == 2


def test_a_record_keeps_a_thousand_durations_at_most() -> None:
    assert evenly_chosen([1.0, 2.0]) == [1.0, 2.0]
    kept = evenly_chosen([float(number) for number in range(2_500)])
    assert len(kept) == 1_000
    assert kept == sorted(kept)
    assert (kept[0], kept[500]) == (0.0, 1_250.0)


def test_table(run: Run) -> None:
    other = dataclasses.replace(run, threads=1, batch=8, noise=("noisy",))
    lines = table([run, other]).splitlines()
    assert lines[0] == "Tiny: forward, engine keras"
    assert lines[2].split("  ")[0] == "threads"
    assert lines[4].split() == [
        "any", "51", "50", "2.550", "2.450", "20.00", "40.00", "700", "6.250",
    ]  # fmt: skip
    assert lines[5].split()[:2] == ["1", "8"]
    assert "  noise            threads 1, batch 8: noisy" in lines


def test_csv(run: Run) -> None:
    named = dataclasses.replace(run, spec=dataclasses.replace(run.spec, name="=Tiny"))
    rows = list(csv.DictReader(io.StringIO(csv_text([named]))))
    assert rows[0]["network"] == "'=Tiny"
    assert float(rows[0]["median"]) == pytest.approx(2.55)
    assert (rows[0]["p99"], rows[0]["threads"]) == ("", "")
    assert rows[0]["peak_bytes"] == str(700 << 20)
