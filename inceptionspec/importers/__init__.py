"""Foreign models to specs: a reader for each kind of file, then one writer of specs.

A file of layers or operations is read as data into an ``ImportedNetwork``: a flat list of our
operators. From there on nothing knows where the network came from.
"""
