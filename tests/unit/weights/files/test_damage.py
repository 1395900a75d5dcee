"""Files with bytes changed, cut off and moved: arrays or findings come out, nothing else.

`tools/fuzz.py --kind weights` does the same for as long as one likes.
"""

from __future__ import annotations

import random

import pytest
from damaged_files import FORMATS, damaged, outcome

CASES = 150


@pytest.mark.parametrize("name", FORMATS)
def test_damage_is_a_finding(tmp_path, name):
    draw = random.Random(5)
    good, write = FORMATS[name]
    assert outcome(write(tmp_path, good)) == "read"
    outcomes = {outcome(write(tmp_path, damaged(good, draw))) for _ in range(CASES)}
    assert outcomes == {"read", "E0703"}
