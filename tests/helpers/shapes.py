"""Small networks of every shape that a diagram must cope with: taps, empty branches, groups."""

from __future__ import annotations

HEAD = "layers: [{op: global_avg_pool}, {op: dense, units: 3}]"

RESIDUAL = """
blocks:
  plain:
    residual: {scale: 0.5}
    layers:
      - {op: conv, kernel: 3x3, filters: 8}
      - {op: conv, kernel: 3x3, filters: 8}
  wide:
    branches:
      Before: [{op: conv, kernel: 1x1, filters: 4}]
      Nothing: []
      After: [{op: conv, kernel: 3x3, filters: 4}, {op: conv, kernel: 3x3, filters: 4}]
network:
  - {block: plain, name: Same}
  - {block: wide, name: Wide}
"""

TAPS = f"""
network:
  - {{op: conv, name: A, kernel: 3x3, filters: 8}}
  - name: M
    branches:
      a:
        - {{op: conv, name: x, kernel: 3x3, filters: 8}}
        - {{op: conv, name: y, kernel: 3x3, filters: 8}}
        - name: N
          branches:
            p: [{{op: conv, name: q, kernel: 1x1, filters: 4}}, {{op: max_pool, kernel: 3x3}}]
            r: [{{op: max_pool, kernel: 3x3}}]
      b: [{{op: conv, kernel: 1x7, filters: 8}}, {{op: conv, kernel: 7x1, filters: 8}}]
      c: [{{op: max_pool, kernel: 3x3}}]
  - {{op: conv, name: Z, kernel: 1x1, filters: 4}}
main: Logits
heads:
  Early: {{from: A, loss_weight: 0.1, {HEAD}}}
  Twice: {{from: A, loss_weight: 0.1, {HEAD}}}
  Inner: {{from: M/a/x, loss_weight: 0.2, {HEAD}}}
  Inmost: {{from: M/a/N/p/q, loss_weight: 0.2, {HEAD}}}
  Branch: {{from: M/a, loss_weight: 0.2, {HEAD}}}
  Block: {{from: M, loss_weight: 0.2, {HEAD}}}
  Late: {{from: Z, loss_weight: 0.2, {HEAD}}}
  Logits: {{from: Z, loss_weight: 1, predictions: softmax, {HEAD}}}
"""

EMPTY = """
network:
  - {op: conv, name: A, kernel: 3x3, filters: 8}
  - name: Twice
    branches: {a: [], b: []}
  - name: Edges
    branches: {a: [], b: [{op: conv, kernel: 1x1, filters: 4}], c: [], d: []}
  - name: Outer
    branches:
      a: []
      b:
        - branches: {x: [{op: conv, kernel: 1x1, filters: 4}], y: []}
          name: Inner
      c: [{op: conv, kernel: 1x1, filters: 4}]
  - branches:
      - [{op: conv, kernel: 1x1, filters: 4}]
      - [{op: conv, kernel: 1x1, filters: 4}]
"""

GROUPS = f"""
network:
  - {{op: conv, name: A, kernel: 3x3, filters: 8, group: stem}}
  - name: {"B" * 60}
    group: stem
    branches: {{a: [{{op: conv, kernel: 1x1, filters: 4}}], b: [{{op: max_pool, kernel: 3x3}}]}}
  - {{op: conv, name: C, kernel: 3x3, filters: 8}}
  - {{op: conv, name: D, kernel: 3x3, filters: 8, group: stem}}
heads:
  {"H" * 64}: {{from: C, loss_weight: 0.25, {HEAD}}}
  Logits: {{from: D, loss_weight: 1, {HEAD}}}
main: Logits
"""

SPECS = {"residual": RESIDUAL, "taps": TAPS, "empty": EMPTY, "groups": GROUPS}


def spec(name: str) -> str:
    return f"spec: 1\nname: {name}\ninput: {{size: 32x32, channels: 8}}\n{SPECS[name]}"
