"""The network as an immutable graph, and what can be asked of its structure."""
