"""The machine: processor, memory, versions, peaks, and the commit of a spec."""
