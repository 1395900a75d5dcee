"""Where a network's weights are from, as text and JSON."""
