from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "assistant.guidance"
    verbose_name = "Guidance"
