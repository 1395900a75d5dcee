"""Moves, and what they did."""
