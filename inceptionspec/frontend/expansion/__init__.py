"""Spec files to a tree: bases, calls, repeats, arguments and overrides written out."""
