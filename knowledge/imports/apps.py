from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "knowledge.imports"
    verbose_name = "Knowledge"
