"""Data to train on: pictures with labels, in an order that follows from a seed."""
