from django.apps import AppConfig


class TestSetsConfig(AppConfig):
    name = "conversations.test_sets"
    verbose_name = "Test sets"
