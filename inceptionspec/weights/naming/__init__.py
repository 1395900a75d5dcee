"""Naming schemes: what other programs call the weights of a network, as data."""

from __future__ import annotations

from inceptionspec.weights.naming.read_scheme import builtin_schemes, read_scheme
from inceptionspec.weights.naming.scheme import Scheme

__all__ = ["Scheme", "builtin_schemes", "read_scheme"]
