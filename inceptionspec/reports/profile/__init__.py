"""A profile as text and CSV."""
