"""What is made of a graph: a Keras model, a picture. A backend imports its engine, nothing else."""
