from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "assistant.workspaces"
    label = "workspaces"
