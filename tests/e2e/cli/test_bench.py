"""`specbuild bench` through the installed program."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest
from commands import with_signals
from support import do_without

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
TINY = """
spec: 1
name: Tiny
input: {size: 8x8, channels: 3}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 4}
heads:
  Logits:
    from: Stem
    loss_weight: 1
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 3}
"""
tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(TINY)
    return tmp_path


def bench(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, "bench", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", "XDG_CACHE_HOME": str(folder / "cache"), **env},
        timeout=600,
    )


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A benchmark that takes no TensorFlow, and hence no time."""
    quick = ("tiny.yaml", "--mode", "analyze", "--steps", "30", "--burn-in", "3")
    return bench(folder, *quick, *arguments)


@tensorflow
def test_a_forward_pass_in_the_seeds_words(folder: Path) -> None:
    done = bench(folder, "tiny.yaml", "--batch", "2", "--steps", "60", "--engine", "graph")
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"
    line = rf"{stamp}: Forward across 60 steps, \d\.\d{{3}} \+/- \d\.\d{{3}} sec / batch"
    assert re.fullmatch(line, first)
    names = [row[:19].strip() for row in rest]
    assert {"network", "run", "median", "90th percentile", "first step", "peak memory"} <= set(
        names
    )
    assert "99th percentile" not in names
    assert "steps ..." in done.stderr


@tensorflow
def test_two_sides_and_their_records(folder: Path) -> None:
    if importlib.util.find_spec("onnxruntime") is None:
        do_without("onnxruntime")
    options = ("--batch", "2", "--burn-in", "3", "--pairs", "3", "--max-seconds", "3")
    done = bench(
        folder, "tiny.yaml", *options, "--compare", "onnxruntime", "--format", "json",
        "--save", "both.jsonl",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [one["engine"] for one in data["runs"]] == ["keras", "onnxruntime"]
    assert data["comparison"]["pairs"] >= 2
    assert data["comparison"]["agreement"]["deviation"] < 1e-4
    assert json.loads((folder / "both.jsonl").read_text()) == data


def test_what_is_tuned_in_integers_is_remembered_for_integers(folder: Path) -> None:
    for name in ("onnx", "onnxruntime", "openvino"):
        if importlib.util.find_spec(name) is None:
            do_without(name)
    options = ("tiny.yaml", "--batch", "1", "--precision", "int8")
    done = bench(folder, *options, "--tune")
    assert done.returncode == 0, done.stderr
    assert "Tiny: forward, batch 1, int8" in done.stdout
    assert re.search(r"^(onnxruntime|openvino) wins: ", done.stdout, re.MULTILINE)
    assert "likeliest class stays" in " ".join(done.stdout.split())
    done = bench(folder, *options, "--engine", "auto", "--steps", "2", "--burn-in", "0")
    assert done.returncode == 0, done.stderr
    told = " ".join((done.stdout + done.stderr).split())
    assert re.search(r"engine \w+ in int8: (none was faster|[\d.]+ times as fast)", told), told


def test_integers_against_float32_and_their_record(folder: Path) -> None:
    for name in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(name) is None:
            do_without(name)
    options = ("--batch", "2", "--burn-in", "3", "--engine", "onnxruntime", "--precision", "int8")
    done = bench(
        folder, "tiny.yaml", *options, "--pairs", "3", "--max-seconds", "3",
        "--compare", "onnxruntime", "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ours, theirs = json.loads(done.stdout)["runs"]
    assert (ours["precision"], theirs["precision"]) == ("int8", "float32")
    assert 0 < ours["cost"]["largest"] < 0.2
    assert ours["cost"]["images"] == 8
    assert ours["cost"]["trained"] is False
    assert theirs["cost"] is None
    found = json.loads(done.stdout)
    assert found["environment"]["dtype"] == "int8"
    assert found["comparison"]["environment"]["dtype"] == "float32"
    done = bench(folder, "tiny.yaml", *options, "--steps", "3", "--save", "runs.jsonl")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    assert "engine onnxruntime in int8" in shown
    assert "of 8 pictures of noise (onnxruntime, int8 against float32)" in shown
    assert "doubt the pictures are noise" in shown
    # A run in float32 is another way to run.
    done = bench(folder, "tiny.yaml", *options[:-2], "--steps", "3", "--against", "runs.jsonl")
    assert done.returncode == 2
    assert (
        "it holds one that ran as forward, spec, head Logits, batch 2, default threads, int8"
        in (" ".join(done.stderr.split()))
    )


@tensorflow
def test_weights_that_do_not_fit(folder: Path) -> None:
    done = bench(folder, "tiny.yaml", "--weights", "none.ckpt", "--steps", "1")
    assert done.returncode == 1
    assert "error[E0703]: there is no checkpoint `none.ckpt`" in done.stderr


def test_a_run_against_the_past(folder: Path) -> None:
    assert analyze(folder, "--save", "past.jsonl").returncode == 0
    done = analyze(folder, "--against", "past.jsonl", "--tolerance", "900%")
    assert done.returncode == 0, done.stdout
    assert "against the past: " in done.stdout
    record = json.loads((folder / "past.jsonl").read_text())
    record["runs"][0]["durations"] = [1e-9] * 30
    (folder / "quick.jsonl").write_text(json.dumps(record))
    done = analyze(folder, "--against", "quick.jsonl", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["against"]["failed"] is True


def test_a_record_of_another_network_is_refused(folder: Path) -> None:
    assert analyze(folder, "--save", "past.jsonl").returncode == 0
    (folder / "tiny.yaml").write_text(TINY.replace("filters: 4", "filters: 5"))
    done = analyze(folder, "--against", "past.jsonl")
    assert done.returncode == 2
    assert "error[E0809]: `past.jsonl` holds no run of the network `" in done.stderr
    assert "it holds 1 run, of Tiny" in done.stderr


def test_files_are_looked_at_before_anything_is_measured(folder: Path) -> None:
    (folder / "broken.jsonl").write_text("{\n")
    for option in ("--save", "--against"):
        done = analyze(folder, option, "broken.jsonl")
        assert done.returncode == 2
        assert done.stderr.startswith(
            "error[E0808]: `broken.jsonl` is not a file of benchmark records: line 1 is not JSON"
        )
    assert (folder / "broken.jsonl").read_text() == "{\n"
    done = analyze(folder, "--save", "none/past.jsonl")
    assert done.returncode == 2
    assert "error[E0803]: there is no folder `none`" in done.stderr


def test_a_full_disk_leaves_the_old_records(folder: Path) -> None:
    pytest.importorskip("resource")
    assert analyze(folder, "--save", "past.jsonl").returncode == 0
    before = (folder / "past.jsonl").read_bytes()
    # No file of the process may be longer than what is held: writing more fails.
    limit = len(before) + 100
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from inceptionspec.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [
            Path(sysconfig.get_path("scripts")) / "python", "-c", code, "bench", "tiny.yaml",
            "--mode", "analyze", "--steps", "5", "--burn-in", "0", "--save", "past.jsonl",
        ],
        cwd=folder, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "error[E0803]: `past.jsonl` cannot be written: file too large" in done.stderr
    assert (folder / "past.jsonl").read_bytes() == before
    assert sorted(os.listdir(folder)) == ["past.jsonl", "tiny.yaml"]


def test_threads_as_a_table(folder: Path) -> None:
    done = analyze(folder, "--threads", "1,2", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["threads"] for row in rows] == ["1", "2"]
    assert all(float(row["median"]) > 0 for row in rows)


def interrupted(folder: Path, seconds: float) -> tuple[int, str]:
    """How a benchmark ends that is interrupted so long after its first counted step began."""
    command = [SPECBUILD, "bench", "tiny.yaml", "--mode", "analyze", "--steps", "1000000000"]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background has it ignored, and hands that down.
        preexec_fn=with_signals,
    ) as started:
        try:
            assert started.stderr is not None
            for line in started.stderr:
                if line.startswith("steps"):
                    break
            time.sleep(seconds)
            started.send_signal(signal.SIGINT)
            out, _ = started.communicate(timeout=600)
        finally:
            started.kill()
    return started.returncode, out


def test_ctrl_c_keeps_what_was_measured(folder: Path) -> None:
    # On a busy machine the first half second may go by without a step.
    ends = (interrupted(folder, seconds) for seconds in (0.5, 2, 8, 32))
    code, out = next(end for end in ends if end[1])
    assert code == 130
    assert ": Analyze across " in out.splitlines()[0]
    assert "  interrupted      fewer steps ran than were asked for" in out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--steps", "0"), "error[E0805]: the number of steps must be at least 1, not 0"),
        (("--batch", "0"), "error[E0805]: the batch must be at least 1, not 0"),
        (("--batch", "1,x"), "error[E0805]: `--batch` takes whole numbers"),
        (("--threads", "1,0"), "error[E0805]: the number of threads must be at least 1, not 0"),
        (("--burn-in", "some"), "error[E0805]: `--burn-in` takes a number of steps or `auto`"),
        (("--tolerance", "-1%"), "error[E0805]: `--tolerance` takes a percentage of at least 0"),
        (("--pairs", "1", "--compare", "vgg16"), "error[E0805]: `--pairs` must be at least 2"),
        (("--compare", "keras:V3"), "error[E0806]: `keras.applications` has no model `V3`"),
        (("--compare", "none"), "error[E0801]: there is no built-in spec `none`"),
        (("--mode", "train-step", "--engine", "graph"), "error[E0805]: the engine `graph` holds"),
        (("--engine", "fast"), "`--engine` must be `keras`"),
        (("--head", "A", "--head", "B"), "`bench` takes one `--head`"),
        (("--tune", "--batch", "1,2"), "`--tune` takes one `--batch`"),
        (("--compare", "vgg16", "--batch", "1,2"), "`--compare` takes one `--batch`"),
        (("--against", "x", "--batch", "1,2"), "`--against` compares a single run"),
        (("--precision", "int8", "--engine", "xla"), "error[E0823]: the engine `xla` does not"),
        (("--precision", "int8", "--mode", "build"), "the mode `build` computes in float32"),
        (("--precision", "int8", "--profile"), "`--profile` computes in float32"),
        (("--calibrate", "."), "`--calibrate` needs `--precision bfloat16` or `--precision int8`"),
        (("--precision", "bfloat16", "--keep-float", "a"), "`--keep-float` needs"),
        (("--compare-onednn", "on"), "`--compare-onednn` needs `--compare`"),
        (("--mode", "analyze", "--batch", "1,2"), "a step of `--mode analyze` reads no batch"),
    ],
)
def test_options_that_cannot_be_used(
    folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = bench(folder, "tiny.yaml", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_pictures(folder: Path) -> None:
    options = ("--engine", "onnxruntime", "--precision", "int8", "--calibrate", ".")
    done = bench(folder, "tiny.yaml", *options)
    assert done.returncode == 1
    assert "error[E0824]: there is no picture to calibrate with in `.`" in done.stderr
    assert "Traceback" not in done.stderr
    assert "preparing" not in done.stderr


def test_a_batch_that_does_not_fit(folder: Path) -> None:
    done = bench(folder, "vgg16", "--mode", "train-step", "--batch", "900000000")
    assert done.returncode == 1
    assert "error[E0708]: a batch of 900,000,000 needs about " in done.stderr
    # What else the machine does decides how many fit, and whether one does.
    assert re.search("the largest batch that fits is about|not even one image fits", done.stderr)


def test_a_package_that_is_not_installed(folder: Path) -> None:
    (folder / "hidden").mkdir()
    for name in ("tensorflow", "onnxruntime"):
        (folder / "hidden" / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('no', name='{name}')\n"
        )
    hidden = str(folder / "hidden")
    done = bench(folder, "tiny.yaml", "--steps", "1", PYTHONPATH=hidden)
    assert done.returncode == 3, done.stderr
    assert "error[E0704]: the package `tensorflow` is not installed" in done.stderr


@tensorflow
def test_auto_says_what_it_stands_for(folder: Path) -> None:
    done = bench(folder, "tiny.yaml", "--engine", "auto", "--batch", "2", "--steps", "3")
    assert done.returncode == 0, done.stderr
    assert "by the usual order: no tuning is remembered for this network" in done.stderr
