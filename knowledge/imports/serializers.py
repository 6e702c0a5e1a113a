"""Serializers of imports."""

from typing import Any

from rest_framework import serializers

from assistant.rest.fields import Flag, Text, UploadedFile
from knowledge.imports.models import Import
from knowledge.serializers import RefusalSerializer


class ImportFiles(serializers.Serializer):
    """Files as multipart/form-data."""

    file = serializers.ListField(
        child=UploadedFile(), min_length=1, max_length=100, help_text="Repeat the field for several files."
    )
    publish = serializers.BooleanField(required=False, default=False)
    dry_run = serializers.BooleanField(required=False, default=False)


class ImportAddress(serializers.Serializer):
    """A page or a sitemap, of a host in IMPORT_ALLOWED_HOSTS."""

    url = Text(max_length=1000)
    publish = Flag(required=False, default=False)
    dry_run = Flag(required=False, default=False)


class ImportOutcomeSerializer(serializers.Serializer):
    added = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())
    refused = RefusalSerializer(many=True)
    warnings = RefusalSerializer(many=True)


class ImportSerializer(serializers.ModelSerializer):
    """An import and its progress. `report` grows while it runs."""

    counts = serializers.DictField(child=serializers.IntegerField())
    report = serializers.SerializerMethodField()

    class Meta:
        model = Import
        fields = (
            "id",
            "name",
            "url",
            "publish",
            "dry_run",
            "status",
            "why_failed",
            "files",
            "files_done",
            "counts",
            "report",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_report(self, row: Import) -> ImportOutcomeSerializer:
        report: dict[str, Any] = {name: row.report.get(name, []) for name in (*row.counts, "warnings")}
        return report  # type: ignore[return-value]  # the annotation is for the schema
