"""A sweep as text, tables, a plot and a page."""
