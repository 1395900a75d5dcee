"""Text to a document: values that know their places."""
