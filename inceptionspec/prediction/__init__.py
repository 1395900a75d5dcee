"""Pictures to predictions: reading, preprocessing, crops, ensembles, labels."""
