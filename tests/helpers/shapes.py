"""Small networks of every shape that a diagram must cope with: taps, empty branches, groups."""

from __future__ import annotations

from inceptionspec.frontend.reading.spec_files import builtin_names

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

# Networks that read earlier layers by name, so that their boxes are no rows and branches.
U_NET = """
blocks:
  double:
    args: {filters: int}
    layers:
      - {op: conv, name: one, kernel: 3x3, filters: $filters}
      - {op: conv, name: two, kernel: 3x3, filters: $filters}
  up:
    args: {skip: layer, filters: int}
    layers:
      - {op: upsample, name: Up, factor: 2}
      - {op: concat, name: Both, from: [$skip, Up]}
      - {block: double, name: Convs, with: {filters: $filters}}
network:
  - {block: double, name: Down_1, with: {filters: 8}}
  - {op: max_pool, name: Pool_1, kernel: 2x2, stride: 2}
  - {block: double, name: Down_2, with: {filters: 16}}
  - {op: max_pool, name: Pool_2, kernel: 2x2, stride: 2}
  - {block: double, name: Bottom, with: {filters: 32}}
  - {block: up, name: Up_2, with: {skip: Down_2, filters: 16}}
  - {block: up, name: Up_1, with: {skip: Down_1, filters: 8}}
  - {op: conv, name: Map, kernel: 1x1, filters: 2}
"""

CELLS = """
blocks:
  cell:
    args: {previous: layer}
    layers:
      - {op: conv, name: p, from: $previous, kernel: 1x1, filters: 8}
      - {op: conv, name: h, from: input, kernel: 1x1, filters: 8}
      - {op: add, name: sum, from: [p, h]}
      - {op: avg_pool, name: pool, from: p, kernel: 3x3}
      - {op: concat, name: all, from: [sum, pool, h]}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 8}
  - {block: cell, name: First, with: {previous: input}}
  - {block: cell, name: Cells, repeat: 3, with: {previous: Stem}, next: {previous: input}}
"""

SPECS = {"residual": RESIDUAL, "taps": TAPS, "empty": EMPTY, "groups": GROUPS}


BY_NAME = {"u_net": U_NET, "cells": CELLS}

#: The built-in networks that are rows and branches.
NESTED = [name for name in builtin_names() if name != "nasnet_mobile"]


def spec(name: str) -> str:
    body = {**SPECS, **BY_NAME}[name]
    return f"spec: 1\nname: {name}\ninput: {{size: 32x32, channels: 8}}\n{body}"
