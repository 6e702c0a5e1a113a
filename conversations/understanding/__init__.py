"""Classify a message before searching: its act, its questions, and answers to an offer."""
