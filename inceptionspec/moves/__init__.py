"""The papers' changes of networks, each as a variant of a few lines."""
