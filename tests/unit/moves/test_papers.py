"""The papers' steps from one Inception to the next, by digest."""

from __future__ import annotations

from pathlib import Path

import pytest
from moving import block_digest, chained
from support import loaded

#: A block of GoogLeNet with the widths, initializers and decay of V2's, which no move changes.
WIDTHS_OF_V2 = """spec: 1
extends: inception_v1_paper
name: GoogLeNet_with_the_widths_of_V2
defaults:
  conv:
    init: {variance_scaling: {scale: 2.011727, mode: fan_in, distribution: truncated_normal}}
    bias_init: zeros
    l2: 2e-5
override:
  Mixed_3b: {with: {conv1: 64, reduce3: 64, conv3: 64, reduce5: 64, conv5: 96, pool: 32}}
  Mixed_3b/Branch_[12]/Conv2d_0a_1x1: {init: {truncated_normal: 0.09}}
  Mixed_3b/Branch_3/Conv2d_0b_1x1: {init: {truncated_normal: 0.1}}
"""
#: V3 before its 7x7 were taken apart, with its widths.
V3_WITH_7X7 = """spec: 1
extends: inception_v3
name: V3_with_7x7
blocks:
  inception_b:
    branches:
      Branch_1:
        - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: $filters_7}
        - {op: conv, name: Conv2d_0b_7x7, kernel: 7x7, filters: 192}
      Branch_2:
        - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: $filters_7}
        - {op: conv, name: Conv2d_0b_7x7, kernel: 7x7, filters: $filters_7}
        - {op: conv, name: Conv2d_0c_7x7, kernel: 7x7, filters: 192}
"""
#: V3 before the filter banks of its last blocks were expanded: figure 5 of the paper.
V3_WITH_3X3 = """spec: 1
extends: inception_v3
name: V3_with_3x3
blocks:
  figure_5:
    branches:
      Branch_0:
        - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: 320}
      Branch_1:
        - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: 384}
        - {op: conv, name: Conv2d_0b_3x3, kernel: 3x3, filters: 384}
      Branch_2:
        - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: 448}
        - {op: conv, name: Conv2d_0b_3x3, kernel: 3x3, filters: 384}
        - {op: conv, name: Conv2d_0c_3x3, kernel: 3x3, filters: 384}
      Branch_3:
        - {op: avg_pool, name: AvgPool_0a_3x3, kernel: 3x3}
        - {op: conv, name: Conv2d_0b_1x1, kernel: 1x1, filters: 192}
override:
  Mixed_7[bc]: {replace: [{block: figure_5}]}
"""


def _file(folder: Path, text: str) -> Path:
    file = folder / "start.yaml"
    file.write_text(text)
    return file


def test_a_block_of_googlenet_becomes_one_of_bn_inception(tmp_path: Path) -> None:
    start = loaded(str(_file(tmp_path, WIDTHS_OF_V2)))
    wanted = block_digest(loaded("inception_v2"), "Mixed_3b")
    steps = (
        "two-3x3@Mixed_3b/Branch_2/*",
        "batch-norm@Mixed_3b/*/Conv*",
        "avg-pool@Mixed_3b/Branch_3/*",
    )
    for count in range(len(steps)):
        assert block_digest(chained(start, tmp_path, *steps[:count]), "Mixed_3b") != wanted
    assert block_digest(chained(start, tmp_path, *steps), "Mixed_3b") == wanted


@pytest.mark.parametrize("block", ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"])
def test_a_7x7_becomes_the_rows_and_columns_of_v3(block: str, tmp_path: Path) -> None:
    start = loaded(str(_file(tmp_path, V3_WITH_7X7)))
    wanted = block_digest(loaded("inception_v3"), block)
    assert block_digest(start, block) != wanted
    end = chained(
        start,
        tmp_path,
        "1xn-nx1@Mixed_6*/Branch_1/Conv2d_0b_7x7",
        "nx1-1xn@Mixed_6*/Branch_2/Conv2d_0[bc]_7x7",
    )
    assert block_digest(end, block) == wanted


def test_the_same_in_the_definition_reaches_all_calls(tmp_path: Path) -> None:
    start = loaded(str(_file(tmp_path, V3_WITH_7X7)))
    end = chained(
        start,
        tmp_path,
        "1xn-nx1@blocks.inception_b/Branch_1/*",
        "nx1-1xn@blocks.inception_b/Branch_2/*",
    )
    assert "filters: $filters_7" in (tmp_path / "step_0.yaml").read_text()
    assert end.digests["network"] == loaded("inception_v3").digests["network"]


def test_a_3x3_becomes_the_expanded_filter_banks_of_v3(tmp_path: Path) -> None:
    start = loaded(str(_file(tmp_path, V3_WITH_3X3)))
    end = chained(
        start,
        tmp_path,
        "expanded-bank@Mixed_7[bc]/Branch_1/Conv2d_0b_3x3",
        "expanded-bank@Mixed_7[bc]/Branch_2/Conv2d_0c_3x3",
    )
    for block in ("Mixed_7b", "Mixed_7c"):
        wanted = block_digest(loaded("inception_v3"), block)
        assert block_digest(start, block) != wanted
        assert block_digest(end, block) == wanted
    assert end.digests["network"] == loaded("inception_v3").digests["network"]


def test_the_5x5_of_v3_become_the_two_3x3_of_its_paper(tmp_path: Path) -> None:
    end = chained(loaded("inception_v3"), tmp_path, "two-3x3@Mixed_5*/Branch_1/*")
    # The paper's stem yields 288 channels where TF-Slim's yields 192, so that Mixed_5b differs.
    for block in ("Mixed_5c", "Mixed_5d"):
        wanted = block_digest(loaded("inception_v3_paper"), block)
        assert block_digest(loaded("inception_v3"), block) != wanted
        assert block_digest(end, block) == wanted


def test_v3_reads_half_a_picture_as_in_its_paper(tmp_path: Path) -> None:
    end = chained(loaded("inception_v3"), tmp_path, "halve-input")
    assert end.digests["network"] == loaded("inception_v3_151").digests["network"]
    again = chained(loaded("inception_v3_151"), tmp_path, "double-input")
    assert again.digests["network"] == loaded("inception_v3").digests["network"]


def test_the_pool_of_the_last_block_is_that_of_2015(tmp_path: Path) -> None:
    end = chained(loaded("inception_v3"), tmp_path, "max-pool@Mixed_7c/Branch_3/*")
    wanted = block_digest(loaded("inception_v3_fid"), "Mixed_7c")
    assert block_digest(end, "Mixed_7c") == wanted
