"""Graph to numbers: plain integers, without TensorFlow and without NumPy."""
