"""Networks in 8-bit integers: from a graph with its weights to one ONNX file for every runtime.

    grid        real numbers as integers: scales, zero points, and what is rounded to what
    operators   which operators of ONNX compute in integers, and which hand integers on
    calibration the range of each tensor over pictures, by running the network in float32
    plan        which tensors get a grid, and which tensors share one
    writing     the model with its weights in integers and a quantization around each tensor
    quantize    all of that in one function
    deviation   how far one computation is from another, and which layers contribute most
    search      which layers stay in float32 so that the deviation is within a bound

Runtimes fuse ``DequantizeLinear``, an operator and ``QuantizeLinear`` into one kernel on integers;
the modules here write what they look for, so that as little as possible is left between kernels.
"""
