"""A loaded spec back to plain data, text and digests."""
