"""Runs, comparisons and searches of `specbuild bench` as text and tables."""
