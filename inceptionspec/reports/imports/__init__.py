"""What `specbuild import` says."""
