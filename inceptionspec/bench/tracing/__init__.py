"""The time of a step by layers: traces, their operations, and the roofline."""
