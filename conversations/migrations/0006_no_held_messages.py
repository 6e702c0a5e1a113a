"""No message is held for a person's eye: a doubtful one is answered, and its conversation handed over."""

from django.db import migrations, models

STATUSES = ["done", "waiting", "writing", "stopped", "incomplete", "failed"]


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_verified_by_whom")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(
                choices=[(status, status.capitalize()) for status in STATUSES], default="done", max_length=10
            ),
        ),
    ]
