"""Text to a document: values that know where they stand."""
