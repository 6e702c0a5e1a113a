"""Who complained; no bag of words any more; and what the former rules took for everybody's is forgotten."""

from django.db import migrations, models


def forget(apps, schema_editor):  # type: ignore[no-untyped-def]
    """What is kept now was let in by rules that found too little; banned questions stay banned, pins stay pinned."""
    entries = apps.get_model("caching", "CachedAnswer").objects.filter(pinned=False).exclude(state="banned")
    entries.delete()


class Migration(migrations.Migration):
    dependencies = [("caching", "0002_no_kind_for_no_answer")]

    operations = [
        migrations.RemoveField(model_name="wording", name="bag"),
        migrations.AddField("verdict", "visitor", models.CharField(blank=True, max_length=80, default=""), False),
        migrations.RunPython(forget, migrations.RunPython.noop, elidable=True),
    ]
