"""Many variants of a network: what is varied, what each costs, and which are on the front."""
