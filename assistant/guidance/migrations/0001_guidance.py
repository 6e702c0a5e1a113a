import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

TEXTS = {
    "persona": "",
    "length": "normal",
    "do": [],
    "do_not": [],
    "forbidden_topics": [],
    "handoff_topics": [],
    "languages": [],
    "other_languages": "",
}


def tone_as_first_version(apps, schema_editor):
    """What a workspace had as its tone goes on as its first version."""
    guidance = apps.get_model("guidance", "Guidance")
    for workspace in apps.get_model("workspaces", "Workspace").objects.exclude(tone=""):
        guidance.objects.create(
            workspace=workspace,
            number=1,
            status="live",
            texts={**TEXTS, "tone": workspace.tone},
            comment="The tone set before versions were kept",
            published_at=timezone.now(),
        )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("workspaces", "0004_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Guidance",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("live", "Live"), ("old", "Old")], default="draft", max_length=5
                    ),
                ),
                ("texts", models.JSONField(default=dict)),
                ("comment", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="guidance.guidance",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guidance_versions",
                        to="workspaces.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name": "guidance version",
                "ordering": ("workspace", "-number"),
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "number"), name="guidance_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "live")), fields=("workspace",), name="one_live_guidance"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")), fields=("workspace",), name="one_guidance_draft"
                    ),
                ],
            },
        ),
        migrations.RunPython(tone_as_first_version, migrations.RunPython.noop),
    ]
