"""Two networks to what differs between them, by path."""
