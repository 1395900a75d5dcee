"""Changes to Inception V3 as a user would write them: each is a variant's whole text."""

from __future__ import annotations

EDITS = {
    "ten_classes": """
spec: 1
extends: inception_v3
name: Ten_classes
override:
  args.classes: {set: 10}
""",
    "wider_layer": """
spec: 1
extends: inception_v3
name: Wider_layer
override:
  Mixed_5b/Branch_0/Conv2d_0a_1x1: {set: {filters: 128}}
""",
    "wider_block": """
spec: 1
extends: inception_v3
name: Wider_block
override:
  Mixed_6c: {set: {with: {filters_7: 192}}}
""",
    "one_block_more": """
spec: 1
extends: inception_v3
name: One_block_more
override:
  Mixed_6e:
    after:
      - {block: inception_b, name: Mixed_6f, with: {filters_7: 192}}
""",
    "one_branch_less": """
spec: 1
extends: inception_v3
name: One_branch_less
override:
  Mixed_7c/Branch_3: delete
""",
    "factored": """
spec: 1
extends: inception_v3
name: Factored
doc: The first 3x3 of every 35x35 block as a row and a column.
override:
  blocks.inception_a/Branch_2/Conv2d_0b_3x3:
    replace:
      - {op: conv, name: Conv2d_0b_1x3, kernel: 1x3, filters: 96}
      - {op: conv, name: Conv2d_0b_3x1, kernel: 3x1, filters: 96}
""",
    "average_pools": """
spec: 1
extends: inception_v3
name: Average_pools
override:
  MaxPool_*: {set: {op: avg_pool}}
  Mixed_*/Branch_2/MaxPool_1a_3x3: {set: {op: avg_pool}}
""",
    "small_images": """
spec: 1
extends: inception_v3
name: Small_images
override:
  input: {set: {size: 128x128}}
""",
    "squeeze_and_excitation": """
spec: 1
extends: inception_v3
name: Squeeze_and_excitation
blocks:
  squeeze_excite:
    doc: Each channel times a weight between 0 and 1 that depends on the whole map.
    args: {narrow: int}
    branches:
      Map: []
      Weight:
        - {op: global_avg_pool, name: Squeeze}
        - {op: dense, name: Reduce, units: $narrow, activation: relu}
        - {op: dense, name: Excite, units: input}
        - {op: activation, name: Gate, function: sigmoid}
    merge: multiply
override:
  Mixed_6e:
    after:
      - {block: squeeze_excite, name: SE_6e, with: {narrow: 48}}
  AuxLogits: {set: {from: SE_6e}}
""",
}
