"""How Django writes dates on staff pages, a folder for each language."""
