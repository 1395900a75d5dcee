"""From the layers of a foreign model to a spec that a person would have written."""
