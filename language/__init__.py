"""Words and languages, in plain Python: no Django, no network, and nothing of the other packages."""
