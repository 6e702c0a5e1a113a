from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "knowledge.search.weights"
    label = "learning"  # of its tables and permissions
    verbose_name = "Knowledge"
