"""Reports and findings to text: one file for each form."""
