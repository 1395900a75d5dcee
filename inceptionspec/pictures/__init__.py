"""Pictures to inputs of a network: reading, preprocessing, crops, and those that calibrate it."""
