"""Text to a loaded spec: one pipeline, a folder for each stage."""
