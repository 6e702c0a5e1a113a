"""Training of the gate's classifier: `python -m training.gate`. See README.md and MODEL_CARD.md."""
