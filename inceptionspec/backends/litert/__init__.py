"""The LiteRT backend: a graph as a `.tflite` file, written without TensorFlow."""
