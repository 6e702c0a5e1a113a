"""A message may wait for a person's review, and its sender may be muted."""

from django.db import migrations, models

STATUSES = ["done", "waiting", "writing", "stopped", "incomplete", "failed", "held", "refused"]


class Migration(migrations.Migration):
    dependencies = [("conversations", "0009_unread_files")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="muted_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(
                choices=[(status, status.capitalize()) for status in STATUSES], default="done", max_length=10
            ),
        ),
    ]
