from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "assistant.retention"
    verbose_name = "Data retention"
