from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "knowledge.articles.files"
    label = "article_files"
