"""Words and languages, in plain Python: no Django, no I/O, and nothing of the other packages."""
