"""What the files in a run's folder are called."""

SPEC, RECIPE, MANIFEST, LABELS = "spec.yaml", "recipe.yaml", "run.json", "labels.txt"
INITIAL, WEIGHTS = "initial_weights.safetensors", "weights.safetensors"
