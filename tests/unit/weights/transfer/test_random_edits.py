"""Random edits of random networks: every claim of the same output holds."""

from __future__ import annotations

from random_edits import variants
from variants import edited

CLOSE = 2e-5


def test_outputs_that_are_said_to_stay_do() -> None:
    claims = 0
    for base, variant in variants(seed=11, count=150):
        result = edited(base, variant)
        ((name, stays),) = result.result.outputs.items()
        assert name == ""
        if stays:
            claims += 1
            assert result.deviation() <= CLOSE, (base.source.text, variant.source.text)
    assert claims > 50
