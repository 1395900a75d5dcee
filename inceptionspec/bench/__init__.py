"""The benchmark: networks at work, timed in processes of their own.

``bench``, ``compare``, ``scaling``, ``tune`` and ``profile`` are what a user asks for. The
rooms below them, each of which imports only those before it:

    machine   processor, memory, versions, peaks, child processes
    request   what is asked: mode, head, batch, engine, the other side
    measure   from durations to figures, intervals and signs of noise
    tracing   the time of a step by layers, and the roofline
    workers   the processes that run steps, and how they are talked to
    records   results in files

TensorFlow and NumPy are imported inside functions of the workers alone.
"""
