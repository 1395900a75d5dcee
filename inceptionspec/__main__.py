"""`python -m inceptionspec` is the command `specbuild`."""

from inceptionspec.cli.main import main

if __name__ == "__main__":
    main()
