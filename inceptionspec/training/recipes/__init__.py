"""Text to a recipe: its bases, its form, what contradicts itself, and the frozen tree."""
