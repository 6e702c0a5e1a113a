"""What is learned offline and shipped as weights. Nothing of the running product imports from here."""
