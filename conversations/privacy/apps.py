from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "conversations.privacy"
    verbose_name = "Privacy"
