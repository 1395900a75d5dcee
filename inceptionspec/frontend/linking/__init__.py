"""Tree to graph: a flat list of layers, then every shape."""
