"""Runs by several processes of this machine, and by what else was chosen."""
