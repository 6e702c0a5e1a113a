from django.apps import AppConfig


class GuidancePagesConfig(AppConfig):
    name = "conversations.guidance"
    label = "guidance_pages"  # `guidance` are the versions themselves
