"""A module for each kind of file: writing it, its receipt, what is in it, and running it."""
