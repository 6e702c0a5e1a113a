"""Words and languages in plain Python: no Django, no network, and no imports from the other packages."""
