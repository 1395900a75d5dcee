"""The command `specbuild`: one file for each command."""
