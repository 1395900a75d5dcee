"""`bench --profile` and `render --color-by time|efficiency`, from option to file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes import ENVIRONMENT
from profiles import TWO_HEADS, profile_of
from support import CORPUS

from inceptionspec import Network, load
from inceptionspec.bench.records.profile_record import CONVENTIONS
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.cli.program import specbuild
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.reports.profile.csv import to_csv
from inceptionspec.reports.profile.text import text

GOLDEN = CORPUS / "golden" / "profile.txt"


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "tiny.yaml"
    file.write_text(TWO_HEADS)
    return str(file)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The plans that are asked for; what comes back was worked out beforehand."""
    plans: list[Any] = []

    def profile(network: Network, plan: Any, progress: Any = None) -> Profile:
        plans.append(plan)
        return profile_of(network, ENVIRONMENT)

    monkeypatch.setattr("inceptionspec.bench.profile.profile", profile)
    return plans


@pytest.fixture
def ran() -> Callable[..., Result]:
    """Run the command line; findings are raised, and exit codes returned, as `main` has them."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(specbuild, arguments, standalone_mode=False)

    return run


def _profile(**changes: Any) -> Profile:
    return profile_of(load(TWO_HEADS), ENVIRONMENT, **changes)


def test_text() -> None:
    found = text(_profile(), CONVENTIONS)
    assert found == GOLDEN.read_text()
    assert max(map(len, found.splitlines())) <= 80


def test_depth() -> None:
    assert "Logits/Dense" in text(_profile(), CONVENTIONS, None).split("all layers")[0]
    assert "Logits/Dense" not in text(_profile(), CONVENTIONS, 1).split("all layers")[0]


def test_what_a_reader_must_know() -> None:
    quiet = text(_profile(overlapped_seconds=0.0), CONVENTIONS)
    assert "TF_NUM_INTEROP_THREADS" not in quiet
    assert "interrupted" not in quiet
    assert "  noise            the host took 5%" in text(
        _profile(noise=("the host took 5%",)), CONVENTIONS
    )
    assert "merged" not in quiet
    assert "fewer steps were traced" in text(_profile(interrupted=True), CONVENTIONS)
    assert "the network was faster than the peak" in text(_profile(untraced=(0.01,)), CONVENTIONS)
    assert "noise" not in quiet
    first, *others = _profile().layers
    merged = (first._replace(shared_with=("Last",)), *others)
    assert "share the time of the merged layer by their MACs" in " ".join(
        text(_profile(layers=merged), CONVENTIONS).split()
    )


def test_csv() -> None:
    first, *others = _profile().layers
    layers = (first._replace(path="=Stem\x1b", shared_with=("+Last",)), *others)
    rows = list(csv.DictReader(io.StringIO(to_csv(_profile(layers=layers)))))
    assert len(rows) == 5
    assert rows[0]["path"] == "'=Stem\\u001b"
    assert rows[0]["shared_with"] == "'+Last"
    assert (rows[0]["seconds"], rows[0]["output_shape"]) == ("0.02", "8x8x4")
    assert rows[3]["flops_per_second"] == rows[3]["efficiency"] == ""


def test_formats(spec: str, asked: list[Any], ran: Callable[..., Result]) -> None:
    plain = ran("bench", spec, "--profile")
    assert plain.exception is None, plain.exception
    assert plain.stdout.startswith("Tiny  forward, head Logits, batch 2, engine keras")
    data = json.loads(ran("bench", spec, "--profile", "--format", "json").stdout)
    assert data["schema"] == "inceptionspec.profile/1"
    assert ran("bench", spec, "--profile", "--format", "csv").stdout.startswith("path,op,block")
    assert [plan.steps for plan in asked] == [10, 10, 10]


def test_steps_that_are_asked_for(spec: str, asked: list[Any], ran: Callable[..., Result]) -> None:
    ran("bench", spec, "--profile", "--steps", "100", "--batch", "3", "--engine", "optimized")
    [plan] = asked
    assert (plan.steps, plan.batch, plan.engine) == (100, 3, "optimized")


def test_files_and_their_picture(
    spec: str, asked: list[Any], ran: Callable[..., Result], tmp_path: Path
) -> None:
    profile, values = str(tmp_path / "profile.json"), str(tmp_path / "values.json")
    done = ran("bench", spec, "--profile", "-o", profile, "--values", values)
    assert done.exception is None
    assert f"wrote {profile}\nwrote {values}\n" in done.stderr
    for arguments in (
        ("--color-by", "time", "--bench", profile),
        ("--color-by", "efficiency", "--bench", profile, "--fold", "network"),
        ("--values", values),
    ):
        picture = tmp_path / "picture.dot"
        done = ran("render", spec, "-o", str(picture), *arguments)
        assert done.exception is None, done.exception
        assert ("% roof" if "efficiency" in arguments else "20 ms") in picture.read_text()
    table = tmp_path / "profile.csv"
    ran("bench", spec, "--profile", "-o", str(table))
    assert table.read_text().startswith("path,op,block")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-o", "profile.txt"), "E0804", "a profile is written to a file that ends in `.json`"),
        (("-o", "none/profile.json"), "E0803", "there is no folder `none`"),
        (("--values", "none/values.json"), "E0803", "there is no folder `none`"),
        (("--engine", "xla"), "E0805", "the engine `xla` cannot be profiled"),
    ],
)
def test_refused(
    spec: str, ran: Callable[..., Result], arguments: tuple[str, ...], code: str, message: str
) -> None:
    done = ran("bench", spec, "--profile", *arguments)
    assert isinstance(done.exception, SpecError)
    assert done.exception.findings[0].code == code
    assert done.exception.findings[0].message.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bench", "SPEC", "--values", "v.json"), "need `--profile`"),
        (("bench", "SPEC", "--depth", "2"), "need `--profile`"),
        (("bench", "SPEC", "--profile", "--tune"), "`--profile` takes one run"),
        (("bench", "SPEC", "--profile", "--batch", "1,2"), "`--profile` takes one run"),
        (("bench", "SPEC", "--profile", "--save", "r.jsonl"), "`--profile` keeps no record"),
        (("bench", "SPEC", "--profile", "--peak"), "`--profile` shows the share of the peak"),
        (("bench", "SPEC", "--peak", "--mode", "build"), "in a mode whose FLOPs are counted"),
        (("bench", "SPEC", "--peak", "--batch", "1,2"), "`--peak` needs one run or comparison"),
        (("bench", "SPEC", "--profile", "--depth", "0"), "must be a number of at least 1 or `all`"),
        (
            ("render", "SPEC", "-o", "x.svg", "--color-by", "time"),
            "`--color-by time` needs `--bench`",
        ),
        (
            ("render", "SPEC", "-o", "x.svg", "--bench", "p.json"),
            "`--bench` needs `--color-by time`",
        ),
    ],
)
def test_wrong_usage(
    spec: str, ran: Callable[..., Result], arguments: tuple[str, ...], message: str
) -> None:
    done = ran(*(spec if one == "SPEC" else one for one in arguments))
    assert message in str(done.exception)
