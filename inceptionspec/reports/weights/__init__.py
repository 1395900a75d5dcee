"""A file of weights, and its match with a network, as text and as JSON."""
