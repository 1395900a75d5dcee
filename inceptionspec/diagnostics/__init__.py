"""Findings as data: places, codes, advice and limits."""
