"""A difference as text, JSON and Markdown."""
