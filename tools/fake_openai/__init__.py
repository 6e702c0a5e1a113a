"""A model server that is none: the OpenAI API with every fault a real one can have. For tests and rehearsals.

`python -m tools.fake_openai --port 9100`, then LARGE_MODEL_URL=http://127.0.0.1:9100/v1, LARGE_MODEL=fake.
See `docs/fake_openai.md` for the modes.
"""
