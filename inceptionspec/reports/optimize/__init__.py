"""What rewriting saves, as text and JSON."""
