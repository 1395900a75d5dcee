"""Networks that answer: a graph with its weights, made ready by any engine of ``ENGINES``.

    installed    which engines are installed and suit this processor, and which come first here
    compiled     what an engine makes of a network: a callable on NumPy batches
    compile      the one way from a graph to it; a module for each runtime says how
    inference    the same for users: shapes checked, faults as findings, saved

Runtimes are imported inside functions, and only that of the engine that is asked for.
"""
