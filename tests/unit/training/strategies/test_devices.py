"""What a run computes on, and what does not go together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import ROOT

from inceptionspec.cli.train_command import command
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.strategies.cluster import VARIABLE
from inceptionspec.training.strategies.devices import (
    ONE,
    STRATEGIES,
    choose_devices,
    refuse_small_batch,
)

CLUSTER = {
    VARIABLE: json.dumps(
        {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    )
}


def test_every_strategy_is_an_option_and_described() -> None:
    option = next(one for one in command.params if one.name == "strategy")
    assert tuple(option.type.choices) == STRATEGIES
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page or f"--strategy {name}" in page for name in STRATEGIES)


def test_without_a_word_it_is_one_device() -> None:
    assert choose_devices(None, None, {}) == ONE
    assert choose_devices(None, 1, {}) == ONE
    assert (ONE.processes, ONE.rank) == (1, 0)


def test_workers_are_started_or_named_by_the_environment() -> None:
    assert choose_devices("multiworker", 3, {}).processes == 3
    assert choose_devices(None, 3, {}).workers == 3
    for strategy in (None, "multiworker"):
        found = choose_devices(strategy, None, CLUSTER)
        assert (found.processes, found.workers, found.rank) == (2, 1, 1)
    assert choose_devices("mirrored", None, {}).mirrored


@pytest.mark.parametrize(
    ("strategy", "workers", "environment", "options", "code", "words"),
    [
        ("mirored", None, {}, {}, "E0805", "must be `mirrored` or `multiworker`, not `mirored`"),
        (None, 0, {}, {}, "E0805", "must be from 1 to 64, not `0`"),
        (None, 65, {}, {}, "E0805", "must be from 1 to 64"),
        (None, 2, CLUSTER, {}, "E0810", "names 2 workers, and `--workers` would start others"),
        ("mirrored", 2, {}, {}, "E0810", "is one process, and `--workers` starts several"),
        ("mirrored", None, CLUSTER, {}, "E0810", "is one process, and `TF_CONFIG` names several"),
        ("multiworker", None, {}, {}, "E0810", "needs workers, and `TF_CONFIG` names no others"),
        ("mirrored", None, {}, {"jit": True}, "E0810", "compiles the step of one device"),
        (None, 2, {}, {"jit": True}, "E0810", "compiles the step of one device"),
        (None, None, CLUSTER, {"jit": True}, "E0810", "compiles the step of one device"),
        (None, None, {VARIABLE: "{"}, {}, "E0921", "is not JSON"),
    ],
)
def test_what_does_not_go_together_is_told(
    strategy: Any, workers: Any, environment: Any, options: Any, code: str, words: str
) -> None:
    with pytest.raises(SpecError) as caught:
        choose_devices(strategy, workers, environment, **options)
    (found,) = caught.value.findings
    assert found.code == code
    assert words in found.message


def test_a_word_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(SpecError) as caught:
        choose_devices("mirored", None, {})
    assert "did you mean `mirrored`?" in caught.value.findings[0].helps


def test_everyone_needs_an_image() -> None:
    refuse_small_batch(4, 4)
    with pytest.raises(SpecError) as caught:
        refuse_small_batch(2, 4)
    (found,) = caught.value.findings
    assert (found.code, found.message) == ("E0923", "a batch of 2 cannot be shared by 4 workers")
    assert found.helps == ("use a batch of 4 at least, or at most 2 workers",)
