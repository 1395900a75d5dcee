"""Matching: the arrays of a file with the weights of a network, and what that takes."""
