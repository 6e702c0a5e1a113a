from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "knowledge.files"
    label = "article_files"
