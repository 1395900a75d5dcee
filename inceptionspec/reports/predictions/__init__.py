"""Predictions to text, JSON and CSV."""
