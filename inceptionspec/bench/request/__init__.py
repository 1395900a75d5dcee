"""What a benchmark is asked to do: mode, head, batch, engine, and the other side."""
