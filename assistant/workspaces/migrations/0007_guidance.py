from django.db import migrations, models


def keep_live_version(apps, schema_editor):
    workspaces = apps.get_model("workspaces", "Workspace").objects
    for version in apps.get_model("guidance", "Guidance").objects.filter(status="live"):
        workspaces.filter(pk=version.workspace_id).update(guidance={**version.texts, "number": version.number})


def tone_of_live_version(apps, schema_editor):
    workspaces = apps.get_model("workspaces", "Workspace").objects
    for version in apps.get_model("guidance", "Guidance").objects.filter(status="live"):
        workspaces.filter(pk=version.workspace_id).update(tone=version.texts.get("tone", ""))


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0006_routing"),
        ("guidance", "0001_guidance"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="guidance",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.RunPython(keep_live_version, tone_of_live_version),
        migrations.RemoveField(model_name="workspace", name="tone"),
    ]
