"""From a graph to what runs it: a Keras model, a TensorFlow function, an ONNX model."""
