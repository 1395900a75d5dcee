"""Results and findings to text: a folder for each command, a file for each format."""
