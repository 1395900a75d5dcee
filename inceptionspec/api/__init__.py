"""The Python API: what users call, thin over the rooms below it."""
