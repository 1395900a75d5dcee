"""One network on several devices and machines: who takes part, and how they keep together."""
