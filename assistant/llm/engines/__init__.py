"""Adapters for models: language models, embedders and the reader. Plain Python, no Django."""
