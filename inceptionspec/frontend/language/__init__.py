"""The language as data: its forms, what values may be, and the schema made of them."""
