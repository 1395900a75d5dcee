"""Networks as pictures: diagrams, pages and plots."""
