"""How we speak to models. Plain Python: nothing here knows Django."""
