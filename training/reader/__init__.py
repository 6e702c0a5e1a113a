"""The reader: a small cross-encoder that says whether a passage answers a question, and which part of it does."""
