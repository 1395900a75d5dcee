"""What tools/compare_threads.py makes of the turns of each row."""

from __future__ import annotations

import time
from typing import Any

import pytest
from support import script


@pytest.fixture(scope="module")
def tool() -> Any:
    return script("compare_threads")


def test_a_row_is_the_median_of_its_turns_beside_one_thread(tool: Any) -> None:
    step = tool.Step
    found = {
        ("a", 1): [step(0.2, 0.2, 0.001, 4), step(0.1, 0.1, 0.0, 2), step(0.12, 0.13, 0.002, 3)],
        ("a", 2): [step(0.06, 0.11, 0.005, 540)],
    }
    rows = [line.split() for line in tool.table(found).splitlines()[2:4]]
    assert rows == [
        ["a", "1", "120.0", "130.0", "1.0", "3", "1.00"],
        ["a", "2", "60.0", "110.0", "5.0", "540", "2.00"],
    ]


def test_steps_are_counted_with_what_they_take(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Prepared:
        step = staticmethod(lambda: calls.append(time.sleep(0.002)))

    monkeypatch.setattr(tool, "prepare", lambda job: Prepared)
    found = tool.measured(None, 50)
    assert len(calls) == tool.WARM_STEPS + 50
    assert found.seconds >= 0.002
    assert found.system <= found.processor < 0.002  # who sleeps needs no processor
    assert found.switches >= 1  # and gives it away
