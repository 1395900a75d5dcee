"""Networks at work: what is timed, how it is timed, where, and what is kept of it.

``bench`` is the way in. The parts know nothing of each other: ``target`` says which heads
are run and what they cost, ``forward`` makes one step of them, ``loop`` times any callable,
``statistics`` reduces durations, ``environment`` describes the machine, and ``record`` puts
it all into data. TensorFlow is imported inside functions.
"""
