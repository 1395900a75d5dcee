"""The steps that a benchmark times, one file per kind. TensorFlow is imported in functions."""
