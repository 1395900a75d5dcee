"""Evaluations to text, JSON and CSV, and their confusion matrix to a file."""
