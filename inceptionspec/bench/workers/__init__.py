"""Worker processes: how a parent talks to them, and the steps that they run."""
