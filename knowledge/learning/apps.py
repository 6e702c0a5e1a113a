from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "knowledge.learning"
    verbose_name = "Knowledge"
