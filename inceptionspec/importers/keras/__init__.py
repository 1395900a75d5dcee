"""Models of Keras to imported networks, by a closed table of layers; none is built."""
