"""ONNX models to imported networks, by a closed table of operators; none is run."""
