from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "conversations.gate"
    label = "gate"
    verbose_name = "Gate"
