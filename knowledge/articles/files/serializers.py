"""Serializers of article files."""

from rest_framework import serializers

from assistant.rest.fields import UploadedFile
from knowledge.articles.files.models import ArticleFile


class ArticleFileDraft(serializers.Serializer):
    """A file as multipart/form-data."""

    file = UploadedFile(max_length=1000, help_text="JPEG, PNG, WebP, GIF or PDF, detected from the content.")


class ArticleFileSerializer(serializers.ModelSerializer):
    """A file of an article. `markdown` goes into the text to show it."""

    address = serializers.CharField(help_text="Path of the file, relative to PUBLIC_URL.")
    markdown = serializers.CharField(help_text="Markdown that shows the image or links the file.")

    class Meta:
        model = ArticleFile
        fields = ("id", "name", "content_type", "size_bytes", "address", "markdown", "created_at")
        read_only_fields = fields
