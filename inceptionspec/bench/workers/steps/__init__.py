"""Steps that a benchmark times: a file for each kind. TensorFlow is imported inside functions."""
