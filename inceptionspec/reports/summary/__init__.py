"""A summary as text, JSON, CSV, Markdown and HTML."""
