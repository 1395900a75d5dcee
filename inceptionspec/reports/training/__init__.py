"""What training says of a run."""
