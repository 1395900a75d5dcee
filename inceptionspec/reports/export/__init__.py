"""What `specbuild export` and `specbuild verify` print."""
