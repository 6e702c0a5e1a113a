"""One module a table of docs/benchmarks.md. Django is set up here, before any of them imports a model."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
django.setup()
