"""Benchmark runs as text."""
