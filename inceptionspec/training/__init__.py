"""Training: recipes, data, the step, the loop, checkpoints."""
