"""The canonical layout of a spec's text: parsed with its comments, put in order, written."""
