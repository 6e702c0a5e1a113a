"""Decide which messages are answered, held for a person, or refused: spam, prompt injection, abuse."""
