"""Date formats of staff pages, one folder per language."""
