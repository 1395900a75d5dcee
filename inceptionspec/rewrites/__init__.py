"""Rewrites for inference: from a graph to one that gives the same outputs for less work."""

from __future__ import annotations

from inceptionspec.rewrites.rewrite import PASSES, Pass, Rewritten, chosen_passes, rewrite

__all__ = ["PASSES", "Pass", "Rewritten", "chosen_passes", "rewrite"]
