"""The machine: processor, memory, versions, peaks, child processes, and the spec's commit."""
